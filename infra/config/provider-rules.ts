/** Rules of what a cloud's API refuses, often after it made half of the stack. */
import { hasHostBits, networkOf } from './cidr.ts';
import { countProblems } from './count-bounds.ts';
import { edgeFields, hasLoadBalancer, hostNames, tlsOf } from './edge.ts';
import { nameProblems, type NamedStack } from './provider-bounds.ts';
import { repeated, rule, when, type ConfigProblem, type ConfigRule } from './rule.ts';

/**
 * Regions outside AWS's standard partition have other ARNs, endpoints and owners of images
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
 */
const otherPartition = /^(cn|us-gov|us-iso\w*|eu-iso\w*|eusc)-/;

/**
 * Form of regions
 * (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html,
 * https://docs.digitalocean.com/platform/regional-availability/).
 */
const regions = {
  aws: { pattern: /^[a-z]+(-[a-z]+)+-\d+$/, such: 'eu-central-1' },
  digitalocean: { pattern: /^[a-z]{3}\d+$/, such: 'fra1' },
} as const;

const countedKeys = [
  ...edgeFields,
  'service',
  'tags',
  'sshCidrs',
  'healthPath',
  'consoleHost',
  'raisedQuotas',
] as const;

/** Form of an instance type and of a droplet's size. */
const sizes = {
  aws: { pattern: /^[a-z0-9-]+\.[a-z0-9-]+$/, such: 'an instance type, such as t3.small' },
  digitalocean: { pattern: /^[a-z0-9_]+(-[a-z0-9_.]+)+$/, such: 'a size, such as s-1vcpu-2gb' },
} as const;

/** ACM's limit of the first name of a certificate (https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html). */
const longestDomain = 64;

/** Tags of AWS (https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html). */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const longestTag = 256;

export const providerRules: readonly ConfigRule[] = [
  rule([...edgeFields, 'service', 'hostCount', 'redis', 'registry', 'appPolicyArns'], (values) => {
    const { role, target, service, hostCount, registry, hostStack } = values;
    if (hostStack !== undefined) return [];
    if (target !== 'aws' && target !== 'digitalocean') return [];
    const stack: NamedStack = {
      service,
      role,
      hostCount,
      isBalanced: hasLoadBalancer(values),
      hasManagedRedis: values.redis === 'managed',
      hasAppRole: target === 'aws' && values.appPolicyArns.length > 0,
      makesRegistry: registry === undefined,
    };
    return [
      ...nameProblems(target, stack).map((problem): ConfigProblem => ['service', problem]),
      when(
        target === 'aws' && service === 'perch' && registry === undefined,
        'service',
        'must not be perch on target aws without registry: the repository of that name holds the proxy and the monitor',
      ),
    ];
  }),
  rule(countedKeys, (values) => countProblems(values, values.raisedQuotas)),
  rule(['target', 'region'], ({ target, region }) => {
    if (region === undefined || (target !== 'aws' && target !== 'digitalocean')) return [];
    const { pattern, such } = regions[target];
    return [
      when(
        !pattern.test(region),
        'region',
        `must be a region of target ${target}, such as ${such}, got ${region}`,
      ),
      when(
        target === 'aws' && otherPartition.test(region),
        'region',
        `must be a region of AWS's standard partition, not of GovCloud, China or another partition, got ${region}`,
      ),
    ];
  }),
  rule(['target', 'size'], ({ target, size }) => {
    if (size === undefined || (target !== 'aws' && target !== 'digitalocean')) return [];
    const { pattern, such } = sizes[target];
    return [when(!pattern.test(size), 'size', `must be ${such}, on target ${target}, got ${size}`)];
  }),
  rule(edgeFields, (values) => {
    const [first] = hostNames(values);
    const isCertifiedByAcm = values.target === 'aws' && tlsOf(values) === 'loadBalancer';
    return [
      when(
        isCertifiedByAcm && first !== undefined && first.length > longestDomain,
        values.domain === undefined ? 'hosts' : 'domain',
        `must be at most ${longestDomain} characters on target aws: ACM certifies no longer name, got ${first?.length}`,
      ),
    ];
  }),
  rule(['target', 'tags'], ({ target, tags }) =>
    target === 'aws'
      ? Object.entries(tags).flatMap(([name, value]) => tagProblem(name, value))
      : [],
  ),
  rule(['sshCidrs', 'target'], ({ sshCidrs, target }) => [
    ...repeated(sshCidrs.map(networkOf)).map((cidr) => twice('sshCidrs', cidr)),
    ...sshCidrs
      .filter((cidr) => target === 'aws' && hasHostBits(cidr))
      .map((cidr): ConfigProblem => [
        'sshCidrs',
        `must be the network's own address on target aws, ${networkOf(cidr)}, got ${cidr}`,
      ]),
  ]),
  // The domain of an address has no case; nobody means two mailboxes whose names differ in theirs.
  rule(['alertTo'], ({ alertTo }) =>
    repeated(alertTo.map((address) => address.toLowerCase())).map((address) =>
      twice('alertTo', address),
    ),
  ),
  rule(['smsNumbers'], ({ smsNumbers }) =>
    repeated(smsNumbers).map((number) => twice('smsNumbers', number)),
  ),
  rule(['killFlags'], ({ killFlags }) => repeated(killFlags).map((key) => twice('killFlags', key))),
  rule(['servers'], ({ servers }) =>
    repeated(servers.map(({ address, port }) => `${address} port ${port}`)).map(
      (address): ConfigProblem => [
        'servers',
        `must not contain two machines at address ${address}`,
      ],
    ),
  ),
];

function twice(key: ConfigProblem[0], value: string): ConfigProblem {
  return [key, `must not contain ${value} twice`];
}

function tagProblem(name: string, value: string): ConfigProblem[] {
  const rules: (readonly [isBroken: boolean, text: string])[] = [
    [/^aws:/i.test(name), 'must not have names that begin with aws:'],
    [
      !tagText.test(name) || !tagText.test(value),
      'must have only letters, digits, spaces and _ . : / = + - @ on target aws',
    ],
    [
      value.length > longestTag,
      `must have values of at most ${longestTag} characters on target aws`,
    ],
  ];
  return rules
    .filter(([isBroken]) => isBroken)
    .map(([, text]): ConfigProblem => ['tags', `${text}, got ${name}`]);
}
