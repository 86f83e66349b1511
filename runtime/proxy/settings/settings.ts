import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { AccessLogSettings } from '../../contract/access-log.ts';
import { acmeDefaults, mostHstsSeconds } from '../../contract/edge.ts';
import { env } from '../../contract/env.ts';
import { mostHosts } from '../../contract/host-name.ts';
import { judgeNumbers } from '../../contract/monitor-settings.ts';
import { defaultPorts } from '../../contract/ports.ts';
import { parseInput, requireInput } from '../../core/input/input.ts';
import { accessLogOf, accessLogSchemas } from './access-log-options.ts';
import type { Address, AdminAddress } from './address.ts';
import type { Limits } from '../http/contract/limits.ts';
import {
  acmeDirectorySchema,
  acmeEmailSchema,
  addressSchema,
  adminAddressSchema,
  certificatesSchema,
  edgeKeysSchema,
  fileSchema,
  healthHostSchema,
  hostSchema,
  ipRangeSchema,
  ipSchema,
  limitsSchema,
  metricsAddressSchema,
  longestTimerMs,
  pathSchema,
  tokenSchema,
  wholeNumberSchema,
} from './setting-schemas.ts';
import { nameSchema } from '../../core/input/name-schema.ts';
import { checkTlsOptions, proxyTlsModes, type TlsOptions } from './tls-option-rules.ts';

/** Source of the release document. */
export type DocumentSource =
  | { readonly kind: 'file'; readonly file: string }
  /** `url` is secret. */
  | { readonly kind: 'redis'; readonly url: string; readonly service: string };

/** PEM files of a certificate: the chain with the leaf first, and the leaf's private key. */
export interface CertificateFiles {
  readonly chain: string;
  readonly privateKey: string;
}

export interface AcmeSettings {
  /** URL of its directory (RFC 8555 section 7.1.1). */
  readonly directoryUrl: string;
  /** Address that it may write to; undefined: it gets none. */
  readonly email: string | undefined;
  /** PEM that its https certificate is checked with; undefined: the authorities of Node.js. */
  readonly caCertificate: string | undefined;
  /** Addresses that DNS should have for the host names, for messages alone. */
  readonly publicAddresses: readonly string[];
}

const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export interface ProxySettings {
  readonly listen: Address;
  /** Address of https; undefined: no TLS. */
  readonly tlsListen: Address | undefined;
  /** Port of https that clients connect to; undefined: by the port of http that they name. */
  readonly publicHttpsPort: number | undefined;
  /** Host names that this proxy serves, for those without a registered route. */
  readonly hosts: readonly string[];
  readonly tls: (typeof proxyTlsModes)[number];
  /** Set if `tls` is `certificate`. */
  readonly certificateFiles: CertificateFiles | undefined;
  /** Authority that certificates are ordered from. */
  readonly acme: AcmeSettings;
  /** Max-age of Strict-Transport-Security for `hosts`; undefined: the field is not sent. */
  readonly hstsSeconds: number | undefined;
  /** Keys that seal the edge's secrets in Redis, base64; the first seals. Secret. */
  readonly edgeKeys: readonly string[];
  readonly admin: AdminAddress;
  /** Further address of /metrics alone; undefined: none. */
  readonly metrics: Address | undefined;
  readonly document: DocumentSource;
  /** Folder of the last good document; undefined: the proxy retains it in memory only. */
  readonly stateDir: string | undefined;
  /** Worker processes, 1 to 256. */
  readonly workers: number;
  /** Limit for running requests to finish after SIGTERM, milliseconds. */
  readonly drainTimeoutMs: number;
  /** Longest time that a canary with a share may have no judge, milliseconds. */
  readonly judgeTimeoutMs: number;
  /** Duration of a member's warm-up, from its first request on, milliseconds. */
  readonly warmUpMs: number;
  /** Longest time that a canary keeps its share without a judge, seconds; 0: no limit. */
  readonly unjudgedAfterSeconds: number;
  /** Path that active health checks request. */
  readonly healthPath: string;
  /** Host that active health checks send; undefined: the member's address. */
  readonly healthHost: string | undefined;
  /** Beginnings of paths of assets, which are asked of another version if a member has them not. */
  readonly assetPaths: readonly string[];
  /** Proxies whose X-Forwarded-* and Forwarded fields are trusted: IP addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** Undefined: no access log. */
  readonly accessLog: AccessLogSettings | undefined;
  /** False if memory may lower the limit of connections. */
  readonly connectionsAreGiven: boolean;
  /** Limits that differ from the defaults. They apply to each worker separately. */
  readonly limits: Partial<Limits>;
  /** `debug` logs each refused request with its cause, but nothing that the client sent. */
  readonly logLevel: (typeof logLevels)[number];
  /** Token with which a tester chooses the track. Secret. Undefined: no client may choose. */
  readonly overrideToken: string | undefined;
}

/** Command-line options as text; `undefined` takes the default. */
export interface ProxyArguments {
  readonly listen?: string | undefined;
  readonly tlsListen?: string | undefined;
  readonly publicHttpsPort?: string | undefined;
  readonly host?: readonly string[] | undefined;
  readonly tls?: string | undefined;
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly acmeDirectory?: string | undefined;
  readonly acmeEmail?: string | undefined;
  readonly publicAddress?: readonly string[] | undefined;
  readonly hsts?: string | undefined;
  readonly admin?: string | undefined;
  readonly metrics?: string | undefined;
  readonly document?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly workers?: string | undefined;
  readonly drainTimeout?: string | undefined;
  readonly judgeTimeout?: string | undefined;
  readonly warmUpSeconds?: string | undefined;
  readonly unjudgedAfter?: string | undefined;
  readonly healthPath?: string | undefined;
  readonly healthHost?: string | undefined;
  readonly assetPath?: readonly string[] | undefined;
  readonly trustProxy?: readonly string[] | undefined;
  readonly accessLog?: string | undefined;
  readonly accessLogQuery?: boolean | undefined;
  readonly accessLogClients?: string | undefined;
  readonly logLevel?: string | undefined;
  /** NAME=VALUE each. */
  readonly limit?: readonly string[] | undefined;
}

export const proxyDefaults = {
  listen: `127.0.0.1:${defaultPorts.proxy}`,
  admin: `127.0.0.1:${defaultPorts.proxyAdmin}`,
  drainTimeoutMs: 30_000,
  judgeTimeoutMs: 30_000,
  warmUpSeconds: judgeNumbers.warmUpSeconds.default,
  unjudgedAfterSeconds: judgeNumbers.unjudgedAfterSeconds.default,
  healthPath: '/healthz',
} as const;

const optionSchemas = {
  '--listen': addressSchema.prefault(proxyDefaults.listen),
  '--tls-listen': addressSchema.optional(),
  '--public-https-port': wholeNumberSchema(1, 65_535).optional(),
  '--host': z
    .array(hostSchema)
    .max(mostHosts, `must be given at most ${mostHosts} times`)
    .default([]),
  '--tls': z.enum(proxyTlsModes, `must be one of ${proxyTlsModes.join(', ')}`).default('none'),
  '--certificate': fileSchema.optional(),
  '--private-key': fileSchema.optional(),
  '--acme-directory': acmeDirectorySchema.default(acmeDefaults.directoryUrl),
  '--acme-email': acmeEmailSchema.optional(),
  '--public-address': z.array(ipSchema).default([]),
  [env.acmeCaCertificate]: certificatesSchema.optional(),
  '--hsts': wholeNumberSchema(0, mostHstsSeconds).optional(),
  '--admin': adminAddressSchema.prefault(proxyDefaults.admin),
  '--metrics': metricsAddressSchema.optional(),
  '--state-dir': fileSchema.optional(),
  '--workers': wholeNumberSchema(1, 256).prefault(() => String(availableParallelism())),
  '--drain-timeout': wholeNumberSchema(0, 3_600_000).default(proxyDefaults.drainTimeoutMs),
  '--judge-timeout': wholeNumberSchema(1_000, longestTimerMs).default(proxyDefaults.judgeTimeoutMs),
  '--warm-up-seconds': wholeNumberSchema(
    judgeNumbers.warmUpSeconds.least,
    judgeNumbers.warmUpSeconds.most,
  ).default(proxyDefaults.warmUpSeconds),
  // A stack cannot switch the limit off, a proxy that runs alone can: with 0.
  '--unjudged-after': wholeNumberSchema(0, judgeNumbers.unjudgedAfterSeconds.most).default(
    proxyDefaults.unjudgedAfterSeconds,
  ),
  '--health-path': pathSchema.default(proxyDefaults.healthPath),
  '--health-host': healthHostSchema.optional(),
  '--asset-path': z.array(pathSchema).default([]),
  '--trust-proxy': z.array(ipRangeSchema).default([]),
  ...accessLogSchemas,
  '--limit': limitsSchema.default({}),
  '--log-level': z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  [env.overrideToken]: tokenSchema.optional(),
  [env.edgeKey]: edgeKeysSchema.default([]),
};

const fromFile = z
  .object({ ...optionSchemas, '--document': fileSchema })
  .superRefine(checkTlsOptions);

const must = 'must be set unless --document FILE is given';
const fromRedis = z
  .object({
    ...optionSchemas,
    '--document': z.undefined(),
    [env.redisUrl]: z.string(must).min(1, must),
    [env.service]: nameSchema(must),
  })
  .superRefine(checkTlsOptions);

/**
 * Reads the settings from command-line options and the environment.
 * @throws PerchError `bad_input` that names every problem: field, rule and value, but never a
 *   secret.
 */
export function proxySettings(
  given: ProxyArguments,
  environment: NodeJS.ProcessEnv,
): ProxySettings {
  const input = {
    ...environment,
    '--listen': given.listen,
    '--tls-listen': given.tlsListen,
    '--public-https-port': given.publicHttpsPort,
    '--host': given.host,
    '--tls': given.tls,
    '--certificate': given.certificate,
    '--private-key': given.privateKey,
    '--acme-directory': given.acmeDirectory,
    '--acme-email': given.acmeEmail,
    '--public-address': given.publicAddress,
    '--hsts': given.hsts,
    '--admin': given.admin,
    '--metrics': given.metrics,
    '--document': given.document,
    '--state-dir': given.stateDir,
    '--workers': given.workers,
    '--drain-timeout': given.drainTimeout,
    '--judge-timeout': given.judgeTimeout,
    '--warm-up-seconds': given.warmUpSeconds,
    '--unjudged-after': given.unjudgedAfter,
    '--health-path': given.healthPath,
    '--health-host': given.healthHost,
    '--asset-path': given.assetPath,
    '--trust-proxy': given.trustProxy,
    '--access-log': given.accessLog,
    '--access-log-query': given.accessLogQuery,
    '--access-log-clients': given.accessLogClients,
    '--limit': given.limit,
    '--log-level': given.logLevel,
  };
  const schema = given.document === undefined ? fromRedis : fromFile;
  const secret = [env.redisUrl, env.overrideToken, env.edgeKey];
  const read = requireInput(parseInput(schema, input, { secret }));
  return {
    listen: read['--listen'],
    tlsListen: read['--tls-listen'],
    publicHttpsPort: read['--public-https-port'],
    hosts: read['--host'],
    tls: read['--tls'],
    certificateFiles: certificateFiles(read),
    acme: {
      directoryUrl: read['--acme-directory'],
      email: read['--acme-email'],
      caCertificate: read[env.acmeCaCertificate],
      publicAddresses: read['--public-address'],
    },
    hstsSeconds: read['--hsts'],
    edgeKeys: read[env.edgeKey],
    admin: read['--admin'],
    metrics: read['--metrics'],
    document:
      read['--document'] === undefined
        ? { kind: 'redis', url: read[env.redisUrl], service: read[env.service] }
        : { kind: 'file', file: read['--document'] },
    stateDir: read['--state-dir'],
    workers: read['--workers'],
    drainTimeoutMs: read['--drain-timeout'],
    judgeTimeoutMs: read['--judge-timeout'],
    warmUpMs: read['--warm-up-seconds'] * 1_000,
    unjudgedAfterSeconds: read['--unjudged-after'],
    healthPath: read['--health-path'],
    healthHost: read['--health-host'],
    assetPaths: read['--asset-path'],
    trustedProxies: read['--trust-proxy'],
    accessLog: accessLogOf(read),
    connectionsAreGiven: read['--limit'].connections !== undefined,
    limits: read['--limit'],
    logLevel: read['--log-level'],
    overrideToken: read[env.overrideToken],
  };
}

function certificateFiles(given: TlsOptions): CertificateFiles | undefined {
  const { '--certificate': chain, '--private-key': privateKey } = given;
  return chain === undefined || privateKey === undefined ? undefined : { chain, privateKey };
}
