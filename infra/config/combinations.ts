/** Rules about combinations of configuration keys. */
import { firstUnprivilegedPort } from '../../runtime/contract/ports.ts';
import { outcomeProblem } from '../../runtime/contract/rollout-steps.ts';
import { got } from './codecs.ts';
import { consoleRules } from './console-rules.ts';
import { edgeRules } from './edge-rules.ts';
import { guestRules } from './guest-rules.ts';
import { imageRules } from './image-rules.ts';
import { portRules } from './port-rules.ts';
import { isPairOfKeys } from './private-key.ts';
import { providerRules } from './provider-rules.ts';
import { defaultSshPort } from './ssh-access.ts';
import { needs, repeated, rule, when, type ConfigProblem, type ConfigRule } from './rule.ts';
import type { Values } from './schema.ts';

/** Quota of managed policies attached to a role (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const mostPoliciesOfRole = 10;

const rules: readonly ConfigRule[] = [
  ...providerRules,
  ...edgeRules,
  ...consoleRules,
  ...guestRules,
  ...imageRules,
  ...portRules,
  rule(['target', 'hostStack', 'region', 'sshPublicKey', 'sshCidrs'], (values) => {
    const { target, hostStack, region, sshPublicKey, sshCidrs } = values;
    if (target !== 'aws' && target !== 'digitalocean') return [];
    if (hostStack !== undefined) return [needs('region', region, `on target ${target}`)];
    const whole = sshCidrs.filter((cidr) => cidr.endsWith('/0'));
    return [
      needs('region', region, `on target ${target}`),
      needs('sshPublicKey', sshPublicKey, `on target ${target}`),
      when(sshCidrs.length === 0, 'sshCidrs', noSshCidrs(target)),
      when(whole.length > 0, 'sshCidrs', `must not contain the whole internet, got ${whole[0]}`),
    ];
  }),
  rule(['target', 'sshPrivateKey'], ({ target, sshPrivateKey }) =>
    target === 'docker' ? [] : [needs('sshPrivateKey', sshPrivateKey, `on target ${target}`)],
  ),
  rule(['target', 'sshProxyJump'], ({ target, sshProxyJump }) => [
    when(
      target === 'docker' && sshProxyJump !== undefined,
      'sshProxyJump',
      'must not be set on target docker, which uses no ssh',
    ),
  ]),
  rule(['sshPublicKey', 'sshPrivateKey'], ({ sshPublicKey, sshPrivateKey }) => [
    when(
      sshPublicKey !== undefined &&
        sshPrivateKey !== undefined &&
        !isPairOfKeys(sshPublicKey, sshPrivateKey),
      'sshPublicKey',
      'must be the public half of sshPrivateKey: ssh-keygen -y -f FILE prints it (values are not shown)',
    ),
  ]),
  rule(['target', 'hostStack', 'servers'], ({ target, hostStack, servers }) => {
    if (hostStack !== undefined) return [];
    if (target !== 'server') {
      return [when(servers.length > 0, 'servers', `must be empty on target ${target}`)];
    }
    return [
      when(servers.length === 0, 'servers', 'must name at least one machine on target server'),
      ...(['name', 'privateAddress'] as const).flatMap((field) =>
        repeated(servers.map((server) => server[field])).map((value): ConfigProblem => [
          'servers',
          `must not contain two machines with ${field} ${value}`,
        ]),
      ),
    ];
  }),
  rule(['role', 'target', 'prodStack'], ({ role, target, prodStack }) => [
    when(
      role === 'canary' && prodStack === undefined,
      'prodStack',
      'must be set in role canary: a canary joins a prod stack',
    ),
    when(
      role !== 'canary' && prodStack !== undefined,
      'prodStack',
      `must not be set in role ${role}`,
    ),
    when(
      role === 'canary' && target === 'docker',
      'role',
      'must be local on target docker: one stack has both tracks there',
    ),
  ]),
  rule(['target', 'redis'], ({ target, redis }) => [
    when(
      redis === 'managed' && target !== 'aws' && target !== 'digitalocean',
      'redis',
      `must be container on target ${target}`,
    ),
  ]),
  rule(['role', 'target', 'networkRange'], ({ role, target, networkRange }) => [
    when(
      networkRange !== undefined && (target !== 'digitalocean' || role === 'canary'),
      'networkRange',
      target === 'digitalocean'
        ? 'must not be set in role canary: its droplets join the network of the prod stack'
        : `must not be set on target ${target}: only DigitalOcean's networks of one account must not overlap`,
    ),
  ]),
  rule(['role', 'target', 'hostStack', 'hostCount', 'servers', 'proxyCount'], (values) => {
    const hosts = hostCount(values);
    return [
      when(
        values.role !== 'canary' && values.hostStack === undefined && values.proxyCount > hosts,
        'proxyCount',
        `must be at most the number of hosts, ${hosts}, got ${values.proxyCount}`,
      ),
    ];
  }),
  rule(['role', 'target', 'httpPort'], ({ role, target, httpPort }) => [
    when(
      role !== 'canary' && target !== 'docker' && httpPort < firstUnprivilegedPort,
      'httpPort',
      `must be at least ${firstUnprivilegedPort}, the first port that hosts give to a proxy without root, got ${httpPort}`,
    ),
  ]),
  rule(['role', 'target', 'redis', 'httpPort', 'redisPort'], (values) => {
    const { role, target, redis, httpPort, redisPort } = values;
    if (role === 'canary' || redis !== 'container') return [];
    return [
      when(
        httpPort === redisPort,
        'redisPort',
        `must differ from httpPort, because a host has both, got ${redisPort}`,
      ),
      when(
        redisPort === defaultSshPort && (target === 'aws' || target === 'digitalocean'),
        'redisPort',
        `must not be ${defaultSshPort}, the port of ssh on created hosts`,
      ),
    ];
  }),
  rule(['target', 'hostStack', 'appPolicyArns'], ({ target, hostStack, appPolicyArns }) => [
    when(
      appPolicyArns.length > 0 && target !== 'aws',
      'appPolicyArns',
      `must be empty on target ${target}: only AWS has roles of IAM`,
    ),
    when(
      appPolicyArns.length > 0 && target === 'aws' && hostStack !== undefined,
      'appPolicyArns',
      'must be empty in a guest: the hosts of hostStack hand out one role, that of its own members',
    ),
    when(
      appPolicyArns.length > mostPoliciesOfRole,
      'appPolicyArns',
      `must name at most ${mostPoliciesOfRole} policies, the quota of a role, got ${appPolicyArns.length}`,
    ),
    ...repeated(appPolicyArns).map((arn): ConfigProblem => [
      'appPolicyArns',
      `must not contain ${arn} twice`,
    ]),
  ]),
  rule(['logDriver', 'logOptions'], ({ logDriver, logOptions }) => {
    const names = Object.keys(logOptions);
    const secrets = names.filter((name) => /token|password|secret/i.test(name));
    return [
      when(
        logDriver === 'none' && names.length > 0,
        'logOptions',
        'must be empty with logDriver none, which keeps no log',
      ),
      ...secrets.map((name): ConfigProblem => [
        'logOptions',
        `must hold no secret, because Docker shows them to everyone on the host: set ${name} in the daemon.json of the hosts`,
      ]),
    ];
  }),
  rule(['memoryLimitMiB', 'memoryCapMiB'], ({ memoryLimitMiB, memoryCapMiB }) => [
    when(
      memoryCapMiB < memoryLimitMiB,
      'memoryCapMiB',
      `must be at least memoryLimitMiB, ${memoryLimitMiB}, got ${memoryCapMiB}`,
    ),
  ]),
  rule(['alertFrom', 'alertTo', 'smsNumbers', 'region'], (values) => {
    const { alertFrom, alertTo, smsNumbers, region } = values;
    return [
      alertTo.length > 0 ? needs('alertFrom', alertFrom, 'when alertTo is') : undefined,
      when(
        alertFrom !== undefined && alertTo.length === 0,
        'alertTo',
        'must name at least one address when alertFrom is set',
      ),
      alertTo.length > 0 || smsNumbers.length > 0
        ? needs('region', region, 'for emails and SMS: SES and SNS send from there')
        : undefined,
    ];
  }),
  rule(['webhookUrl', 'webhookSecret'], ({ webhookUrl, webhookSecret }) => [
    when(
      webhookSecret !== undefined && webhookUrl === undefined,
      'webhookSecret',
      'must not be set without webhookUrl',
    ),
  ]),
  rule(['steps', 'onInconclusive'], ({ steps, onInconclusive }) => {
    const problem = outcomeProblem(onInconclusive, steps);
    return [when(problem !== undefined, 'onInconclusive', got(problem ?? '', onInconclusive))];
  }),
  rule(['killFlags', 'judge'], ({ killFlags, judge }) => [
    when(
      killFlags.length > 0 && judge.actions !== undefined,
      'killFlags',
      'must be empty when judge.actions is set: add kill-flag:KEY there',
    ),
  ]),
  rule(['target', 'cloudwatchAlarms', 'cloudwatchContainers'], (values) =>
    (['cloudwatchAlarms', 'cloudwatchContainers'] as const).map((key) =>
      when(
        values.target !== 'aws' && values[key].length > 0,
        key,
        `must be empty on target ${values.target}: monitors use CloudWatch on target aws only`,
      ),
    ),
  ),
];

/**
 * @param values of the keys that are valid by themselves.
 * @returns the problems of every rule that reads only such keys.
 */
export function combinationProblems(values: Partial<Values>): ConfigProblem[] {
  return rules.flatMap((rule) => rule(values)).filter((problem) => problem !== undefined);
}

/** Number of the stack's hosts. */
function hostCount(values: Pick<Values, 'target' | 'hostCount' | 'servers'>): number {
  const { hostCount, servers } = values;
  return { aws: hostCount, digitalocean: hostCount, server: servers.length, docker: 1 }[
    values.target
  ];
}

function noSshCidrs(target: string): string {
  return `must name the networks that may reach ssh on target ${target}; there is no default, because an open ssh port is never right`;
}
