import type { Key } from './schema.ts';

/**
 * Defaults of the keys that have another one than empty text, as Pulumi passes values. A project of its
 * own that has Perch as a package does not declare the keys, so that Pulumi knows no default there. In
 * this repository Pulumi.yaml declares them, with the same values.
 */
const filled = {
  service: 'app',
  baseImage: 'node:24-slim',
  redisImage: 'redis:7',
  appPort: '3000',
  healthPath: '/healthz',
  healthCommand: '[]',
  assetPaths: '[]',
  environment: '{}',
  secretEnvironment: '{}',
  flagEndpoint: 'false',
  raisedQuotas: 'false',
  logOptions: '{}',
  appPolicyArns: '[]',
  beforeRelease: '[]',
  afterRelease: '[]',
  hookTimeoutSeconds: '600',
  workers: '{}',
  hostCount: '2',
  proxyCount: '1',
  proxyWorkers: '2',
  stableCount: '2',
  swapAtOnce: '1',
  swapJudgeSeconds: '10',
  canaryCount: '1',
  canaryWeight: '10',
  steps: '[]',
  onInconclusive: 'hold',
  affinity: 'none',
  httpPort: '80',
  httpsPort: '443',
  hosts: '[]',
  accessLog: '{}',
  trustedProxies: '[]',
  consoleSignIn: '{}',
  redis: 'container',
  redisPort: '6379',
  redisMemoryMiB: '256',
  memoryLimitMiB: '256',
  memoryCapMiB: '512',
  startTimeoutSeconds: '60',
  drainTimeoutSeconds: '30',
  alertTo: '[]',
  smsNumbers: '[]',
  thresholds: '{}',
  killFlags: '[]',
  judge: '{}',
  memory: '{}',
  disks: '["/"]',
  reAlertMinutes: '15',
  cloudwatchAlarms: '[]',
  cloudwatchContainers: '[]',
  monitorEnvironment: '{}',
  sshCidrs: '[]',
  servers: '[]',
  pullLogins: '[]',
  tags: '{}',
} satisfies Partial<Record<Key, string>>;

/** Default of every key that need not be set, as Pulumi passes values. */
export function defaultsOf(keys: readonly string[]): Record<string, string> {
  const needed = ['role', 'target'];
  const optional = keys.filter((key) => !needed.includes(key)).map((key) => [key, '']);
  return { ...Object.fromEntries(optional), ...filled };
}
