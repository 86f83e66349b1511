import { availableParallelism } from 'node:os';
import { env } from '../contract/env.ts';
import { namePattern, nameRule } from '../contract/names.ts';
import { PerchError } from '../contract/perch-error.ts';
import { defaultPorts } from '../contract/ports.ts';
import type { Address, AdminAddress } from './address.ts';
import type { Limits } from './http/limits.ts';
import {
  address,
  adminAddress,
  integer,
  ipRange,
  limits,
  longestTimerMs,
  nonEmpty,
  path,
  token,
  type Report,
} from './setting-rules.ts';

/** Where the release document comes from. */
export type DocumentOrigin =
  | { readonly kind: 'file'; readonly file: string }
  /** `url` is secret. */
  | { readonly kind: 'redis'; readonly url: string; readonly service: string };

export interface ProxySettings {
  readonly listen: Address;
  readonly admin: AdminAddress;
  readonly document: DocumentOrigin;
  /** Where the last good document is kept; undefined: only for as long as the process lives. */
  readonly stateDir: string | undefined;
  /** Worker processes, 1 to 256. */
  readonly workers: number;
  /** How long running requests may take to end after SIGTERM, milliseconds. */
  readonly drainTimeoutMs: number;
  /** How long a canary with a share may go without a judge before that is reported, milliseconds. */
  readonly judgeTimeoutMs: number;
  /** What active health checks ask for. */
  readonly healthPath: string;
  /** Whose X-Forwarded-* and Forwarded fields are believed: IP addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** What differs from the defaults; each worker keeps to them on its own. */
  readonly limits: Partial<Limits>;
  /** Lets a tester choose the track. Secret; undefined: nobody may. */
  readonly overrideToken: string | undefined;
}

/** What a person may say, as text; `undefined` takes the default. */
export interface ProxyArguments {
  readonly listen?: string | undefined;
  readonly admin?: string | undefined;
  readonly document?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly workers?: string | undefined;
  readonly drainTimeout?: string | undefined;
  readonly judgeTimeout?: string | undefined;
  readonly healthPath?: string | undefined;
  readonly trustProxy?: readonly string[] | undefined;
  /** NAME=VALUE each. */
  readonly limit?: readonly string[] | undefined;
}

export const proxyDefaults = {
  listen: `127.0.0.1:${defaultPorts.proxy}`,
  admin: `127.0.0.1:${defaultPorts.proxyAdmin}`,
  drainTimeoutMs: 30_000,
  judgeTimeoutMs: 30_000,
  healthPath: '/healthz',
} as const;

const mostWorkers = 256;
const longestDrainMs = 3_600_000;

/**
 * Reads what a person and the environment say.
 * @throws PerchError `bad_input` that names every problem: field, rule, value (no secret's value).
 */
export function proxySettings(
  given: ProxyArguments,
  environment: NodeJS.ProcessEnv,
): ProxySettings {
  const problems: string[] = [];
  const report = (field: string) => (problem: string) => void problems.push(`${field} ${problem}`);
  const settings: ProxySettings = {
    listen: address(given.listen ?? proxyDefaults.listen, report('--listen')),
    admin: adminAddress(given.admin ?? proxyDefaults.admin, report('--admin')),
    document: documentOrigin(given.document, environment, report),
    stateDir: nonEmpty(given.stateDir, report('--state-dir')),
    workers: integer(given.workers, availableParallelism(), 1, mostWorkers, report('--workers')),
    drainTimeoutMs: integer(
      given.drainTimeout,
      proxyDefaults.drainTimeoutMs,
      0,
      longestDrainMs,
      report('--drain-timeout'),
    ),
    judgeTimeoutMs: integer(
      given.judgeTimeout,
      proxyDefaults.judgeTimeoutMs,
      1_000,
      longestTimerMs,
      report('--judge-timeout'),
    ),
    healthPath: path(given.healthPath ?? proxyDefaults.healthPath, report('--health-path')),
    trustedProxies: (given.trustProxy ?? []).map((range) =>
      ipRange(range, report('--trust-proxy')),
    ),
    limits: limits(given.limit ?? [], report('--limit')),
    overrideToken: token(environment[env.overrideToken], report(env.overrideToken)),
  };
  if (problems.length > 0) throw new PerchError('bad_input', problems.join('; '));
  return settings;
}

function documentOrigin(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  report: (field: string) => Report,
): DocumentOrigin {
  if (file !== undefined) {
    return { kind: 'file', file: nonEmpty(file, report('--document')) ?? '' };
  }
  const url = environment[env.redisUrl] ?? '';
  const service = environment[env.service] ?? '';
  const hint = 'or --document FILE given';
  if (url === '') report(env.redisUrl)(`must be set, ${hint}`);
  if (service === '') report(env.service)(`must be set, ${hint}`);
  else if (!namePattern.test(service)) report(env.service)(`must ${nameRule}, got ${service}`);
  return { kind: 'redis', url, service };
}
