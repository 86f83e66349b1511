/** Codec and rule of every `perch:` key. */
import { isIP } from 'node:net';
import type { z } from 'zod';
import {
  flagKeyPattern,
  flagKeyRule,
  namePattern,
  nameRule,
} from '../../runtime/contract/names.ts';
import { mostHstsSeconds, tlsModes } from '../../runtime/contract/edge.ts';
import { healthHostProblem } from '../../runtime/contract/health-host.ts';
import { hostNameProblem } from '../../runtime/contract/host-name.ts';
import { shortestClientSecret } from '../../runtime/contract/people.ts';
import { pathPrefixProblem } from '../../runtime/contract/path-prefix.ts';
import { accessLog } from './access-log.ts';
import { hookCommand, workers } from './application-commands.ts';
import { isCertificateChain, isPrivateKeyPem } from './certificate.ts';
import { hasHostBits } from './cidr.ts';
import {
  boolean,
  integer,
  list,
  oneOf,
  optional,
  ruled,
  secretList,
  secretText,
  text,
  textMap,
} from './codecs.ts';
import { consoleSignIn } from './console-sign-in.ts';
import {
  cloudwatchAlarms,
  cloudwatchContainers,
  disks,
  judge,
  link,
  memory,
  reAlertMinutes,
} from './monitor-settings.ts';
import { builtImage, imageRule, isImage } from './image-reference.ts';
import { inconclusiveOutcomes } from '../../runtime/contract/rollout-steps.ts';
import { isUnlockedPrivateKey } from './private-key.ts';
import { proxyJump, server } from './ssh-access.ts';
import { pullLogin } from './pull-login.ts';
import { mostSwapsAtOnce } from './swaps.ts';
import { thresholds } from './thresholds.ts';
import { stackRoles } from './stack-role.ts';
import { steps } from './steps.ts';

const name = text(nameRule, (value) => namePattern.test(value));
const any = text('be text', () => true);
const digest = text(imageRule, isImage);
const canaryImage = text(
  `${imageRule}, or ${builtImage}`,
  (value) => isImage(value) || value === builtImage,
);
const path = text('begin with /, without spaces', (value) => /^\/[^\s'"\\$`]*$/.test(value));
const assetPath = text(
  'begin and end with /, at most 200 printable characters without ?, # and spaces',
  (value) => /^\/([!"$->@-~]{0,198}\/)?$/.test(value),
);
const email = text('be an email address', (value) =>
  /^[^\s@<>,]+@[^\s@<>,]+\.[^\s@<>,]+$/.test(value),
);
const phone = text('be a telephone number in E.164 form: + and 7 to 15 digits', (value) =>
  /^\+\d{7,15}$/.test(value),
);
const cidr = text('be an IPv4 or IPv6 network, address/bits', isCidr);
const hostName = text('be a host name', (value) => /^([a-z0-9-]+\.)+[a-z]{2,}$/.test(value));
const servedName = ruled(hostNameProblem);
const stackName = text('be organization/project/stack', (value) =>
  /^[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(value),
);
const environment = textMap(
  'have names of letters, digits and underscores that do not begin with PERCH_',
  /^(?!PERCH_)[A-Za-z_][A-Za-z0-9_]*$/,
);
const printable = text('be 1 to 200 printable characters without spaces', (value) =>
  /^[\x21-\x7e]{1,200}$/.test(value),
);
const policyArn = text('be the ARN of an IAM policy', (value) =>
  /^arn:aws:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/.test(value),
);
const logDriver = text('be the name of a log driver of Docker, such as journald', (value) =>
  /^[a-zA-Z0-9][\w./:-]{0,127}$/.test(value),
);
const logOptions = textMap(
  'have names of letters, digits, dots and dashes',
  /^[a-zA-Z][a-zA-Z0-9.-]{0,127}$/,
);
const isWeight = (value: string) => /^\d{1,3}(\.\d{1,2})?$/.test(value) && Number(value) <= 100;

export const schema = {
  role: oneOf(stackRoles),
  target: oneOf(['aws', 'digitalocean', 'server', 'docker']),
  service: name,
  image: optional(digest),
  canaryImage: optional(canaryImage),
  canaryVersion: optional(printable),
  buildContext: optional(any),
  baseImage: any,
  runtimeImage: optional(digest),
  redisImage: any,
  version: optional(printable),
  appPort: integer(1, 65_535),
  healthPath: path,
  healthHost: optional(ruled(healthHostProblem)),
  healthCommand: list(any),
  assetPaths: list(assetPath),
  environment,
  secretEnvironment: environment,
  flagEndpoint: boolean(),
  logDriver: optional(logDriver),
  logOptions,
  appPolicyArns: list(policyArn),
  beforeRelease: hookCommand,
  afterRelease: hookCommand,
  hookTimeoutSeconds: integer(1, 86_400),
  hookRerun: optional(printable),
  workers,
  region: optional(
    text('be a region, such as eu-central-1', (value) => /^[a-z0-9-]+$/.test(value)),
  ),
  size: optional(any),
  hostCount: integer(1, 100),
  proxyCount: integer(1, 100),
  proxyWorkers: integer(1, 64),
  stableCount: integer(1, 500),
  swapAtOnce: integer(1, mostSwapsAtOnce),
  swapJudgeSeconds: integer(0, 3_600),
  canaryCount: integer(0, 100),
  canaryWeight: text('be from 0 to 100 with two decimals at most', isWeight).transform(Number),
  steps,
  onInconclusive: oneOf(inconclusiveOutcomes),
  affinity: oneOf(['none', 'cookie']),
  httpPort: integer(1, 65_535),
  httpsPort: integer(1, 65_535),
  hosts: list(servedName),
  pathPrefix: optional(ruled(pathPrefixProblem)),
  tls: optional(oneOf(tlsModes)),
  certificate: optional(
    text('be certificates in PEM, the one of the hosts first', isCertificateChain),
  ),
  privateKey: optional(
    secretText('be a private key in PEM, without a passphrase', isPrivateKeyPem),
  ),
  acmeDirectory: optional(
    text('be an https URL', (value) => URL.parse(value)?.protocol === 'https:'),
  ),
  acmeEmail: optional(email),
  acmeCaCertificate: optional(text('be certificates in PEM', isCertificateChain)),
  hsts: optional(integer(0, mostHstsSeconds)),
  accessLog,
  trustedProxies: list(cidr),
  domain: optional(hostName),
  consoleHost: optional(servedName),
  consoleSignIn,
  consoleClientSecret: optional(
    secretText(
      `be at least ${shortestClientSecret} characters, because it also seals the sessions`,
      (value) => value.length >= shortestClientSecret,
    ),
  ),
  dnsZone: optional(hostName),
  redis: oneOf(['container', 'managed']),
  redisPort: integer(1, 65_535),
  metricsPort: optional(integer(1_024, 65_533)),
  redisMemoryMiB: integer(32, 65_536),
  memoryLimitMiB: integer(16, 1_048_576),
  memoryCapMiB: integer(16, 1_048_576),
  startTimeoutSeconds: integer(1, 3_600),
  drainTimeoutSeconds: integer(1, 3_600),
  alertFrom: optional(email),
  alertTo: list(email),
  smsNumbers: list(phone),
  webhookUrl: optional(
    secretText('be an https URL', (value) => URL.parse(value)?.protocol === 'https:'),
  ),
  webhookSecret: optional(secretText('be at least 16 characters', (value) => value.length >= 16)),
  thresholds,
  killFlags: list(text(`be the key of a flag, ${flagKeyRule}`, (key) => flagKeyPattern.test(key))),
  judge,
  memory,
  disks,
  reAlertMinutes,
  link: optional(link),
  cloudwatchAlarms,
  cloudwatchContainers,
  monitorEnvironment: environment,
  networkRange: optional(
    text('be a private IPv4 network from /16 to /28, such as 10.43.0.0/20', isPrivateRange),
  ),
  sshCidrs: list(cidr),
  sshPublicKey: optional(
    text('be one line in the format of authorized_keys', (value) =>
      /^(ssh|ecdsa)-\S+ [A-Za-z0-9+/=]+( .*)?$/.test(value),
    ),
  ),
  sshPrivateKey: optional(
    secretText(
      'be a private key without a passphrase, with its BEGIN and END lines',
      isUnlockedPrivateKey,
    ),
  ),
  sshProxyJump: optional(proxyJump),
  servers: list(server),
  registry: optional(
    text('be host/path, without a tag, or none', (value) =>
      /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(value),
    ),
  ),
  registryUsername: optional(any),
  registryPassword: optional(secretText('not be empty', (value) => value !== '')),
  pullLogins: secretList(pullLogin),
  prodStack: optional(stackName),
  hostStack: optional(stackName),
  tags: textMap('have names of 1 to 128 characters', /^.{1,128}$/),
  raisedQuotas: boolean(),
} as const;

/** Keys whose values must be encrypted in the stack's file. */
export const secretKeys = [
  'secretEnvironment',
  'privateKey',
  'sshPrivateKey',
  'registryPassword',
  'pullLogins',
  'webhookUrl',
  'webhookSecret',
  'consoleClientSecret',
] as const satisfies readonly Key[];

export type Key = keyof typeof schema;
/** Values of all keys, each valid by itself. */
export type Values = { readonly [K in Key]: z.output<(typeof schema)[K]> };

/** True for what DigitalOcean accepts as the range of a VPC: RFC 1918, /16 to /28, no bits of a host. */
function isPrivateRange(value: string): boolean {
  const [address = '', bits = ''] = value.split('/');
  if (!isCidr(value) || isIP(address) !== 4 || Number(bits) < 16 || Number(bits) > 28) return false;
  return /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\./.test(address) && !hasHostBits(value);
}

function isCidr(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    rest.length === 0 &&
    /^\d{1,3}$/.test(bits ?? '') &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
}
