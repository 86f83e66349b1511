import { availableParallelism } from 'node:os';
import { isIP } from 'node:net';
import { env } from '../contract/env.ts';
import { namePattern, nameRule } from '../contract/names.ts';
import { PerchError } from '../contract/perch-error.ts';
import { defaultPorts } from '../contract/ports.ts';

export interface Address {
  /** An IP address without brackets, or a name. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Where the release document comes from. */
export type DocumentOrigin =
  | { readonly kind: 'file'; readonly file: string }
  /** `url` is secret. */
  | { readonly kind: 'redis'; readonly url: string; readonly service: string };

export interface ProxySettings {
  readonly listen: Address;
  readonly admin: Address;
  readonly document: DocumentOrigin;
  /** Where the last good document is kept; undefined: only for as long as the process lives. */
  readonly stateDir: string | undefined;
  /** Worker processes, 1 to 256. */
  readonly workers: number;
  /** How long running requests may take to end after SIGTERM, milliseconds. */
  readonly drainTimeoutMs: number;
  /** What active health checks ask for. */
  readonly healthPath: string;
  /** Whose X-Forwarded-* and Forwarded fields are believed: IP addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
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
  readonly healthPath?: string | undefined;
  readonly trustProxy?: readonly string[] | undefined;
}

export const proxyDefaults = {
  listen: `127.0.0.1:${defaultPorts.proxy}`,
  admin: `127.0.0.1:${defaultPorts.proxyAdmin}`,
  drainTimeoutMs: 30_000,
  healthPath: '/healthz',
} as const;

const mostWorkers = 256;
const longestDrainMs = 3_600_000;
const shortestToken = 16;

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
    admin: address(given.admin ?? proxyDefaults.admin, report('--admin')),
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
    healthPath: path(given.healthPath ?? proxyDefaults.healthPath, report('--health-path')),
    trustedProxies: (given.trustProxy ?? []).map((range) =>
      ipRange(range, report('--trust-proxy')),
    ),
    overrideToken: token(environment[env.overrideToken], report(env.overrideToken)),
  };
  if (problems.length > 0) throw new PerchError('bad_input', problems.join('; '));
  return settings;
}

type Report = (problem: string) => void;

function address(text: string, report: Report): Address {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  const isBare6 = host.includes(':') && !text.startsWith('[');
  if (colon < 1 || host === '' || isBare6 || !/^\d{1,5}$/.test(digits) || port > 65_535) {
    report(`must be HOST:PORT with a port from 0 to 65535, got ${text}`);
  }
  return { host, port };
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

function integer(
  text: string | undefined,
  fallback: number,
  least: number,
  most: number,
  report: Report,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    report(`must be a whole number from ${least} to ${most}, got ${text}`);
  }
  return value;
}

function path(text: string, report: Report): string {
  if (!/^\/[\x21-\x7e]*$/.test(text) || text.includes('#')) {
    report(`must be a path that begins with / and has no blanks, got ${text}`);
  }
  return text;
}

function ipRange(text: string, report: Report): string {
  const [ip = '', prefix] = text.split('/', 2);
  const family = isIP(ip);
  const longest = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (family === 0 || !/^\d*$/.test(prefix ?? '') || prefix === '' || bits > longest) {
    report(`must be an IP address or a CIDR range, got ${text}`);
  }
  return text;
}

function token(text: string | undefined, report: Report): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(text)) report('must be visible ASCII characters; it is not shown');
  if (text.length < shortestToken) {
    report(`must be at least ${shortestToken} characters, got ${text.length}`);
  }
  return text;
}

function nonEmpty(text: string | undefined, report: Report): string | undefined {
  if (text === '') report('must not be empty');
  return text;
}
