import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { env } from '../../runtime/contract/env.ts';
import { loopback } from '../loopback.ts';
import { until } from '../until.ts';
import { tlsHost, type CertificateAuthority } from './certificate-authority.ts';
import { httpGet } from './http-get.ts';
import type { Perch } from './perch-command.ts';

/** Settings in which proxies of one rehearsal differ. */
export interface ProxyPlan {
  /** Name of its process and of its folder. Default: `proxy`. */
  readonly name?: string;
  /** Name of its host. Default: this machine's. */
  readonly host?: string;
  /** URL of its way to Redis, with the password. Secret. Default: straight to Redis. */
  readonly redisUrl?: string;
  /** Time that a canary keeps its share without a judge, seconds. Default: the proxy's. */
  readonly unjudgedAfterSeconds?: number;
  /** Time in which a member warms up, seconds. Default: the proxy's. */
  readonly warmUpSeconds?: number | undefined;
  /** Milliseconds by which its system clock is ahead, negative if it is behind. Default: 0. */
  readonly clockShiftMs?: number;
}

export interface RunningProxyPlan extends ProxyPlan {
  readonly port: number;
  readonly adminPort: number;
  readonly workers: number;
  /** True if a monitor runs. */
  readonly isJudged: boolean;
  /** Folder for its last good document. */
  readonly folder: string;
  /** Https; undefined: none. */
  readonly tls?: TlsPlan | undefined;
}

export interface TlsPlan {
  readonly port: number;
  readonly authority: Pick<CertificateAuthority, 'directoryUrl' | 'caCertificate'>;
}

const readinessSchema = z.object({
  ready: z.boolean(),
  generation: z.int(),
  condition: z.string(),
  /** Null while the canary gets its share. */
  withheld: z.string().nullable(),
});

/** Response of the proxy's `/readyz`. */
export type Readiness = z.infer<typeof readinessSchema>;

/** Proxy that all requests go through. */
export class RunningProxy {
  readonly port: number;
  readonly workers: number;
  readonly adminUrl: string;

  private constructor({ port, adminPort, workers }: RunningProxyPlan) {
    this.port = port;
    this.workers = workers;
    this.adminUrl = `http://${loopback}:${adminPort}`;
  }

  static async start(perch: Perch, plan: RunningProxyPlan): Promise<RunningProxy> {
    const { name = 'proxy' } = plan;
    const stateFolder = join(plan.folder, name);
    await mkdir(stateFolder, { mode: 0o700 });
    const options = {
      listen: `${loopback}:${plan.port}`,
      admin: `${loopback}:${plan.adminPort}`,
      workers: plan.workers,
      'state-dir': stateFolder,
      'asset-path': '/assets/',
      // Without a monitor on purpose, the canary keeps its share.
      'unjudged-after': plan.isJudged ? plan.unjudgedAfterSeconds : 0,
      'warm-up-seconds': plan.warmUpSeconds,
    };
    const args = Object.entries({ ...options, ...tlsOptions(plan.tls) }).flatMap(
      ([option, value]) => (value === undefined ? [] : [`--${option}`, String(value)]),
    );
    await perch.start(name, ['proxy', ...args], environmentOf(plan));
    const proxy = new RunningProxy(plan);
    await until(`${name} to start`, async () => (await proxy.readiness()) !== undefined);
    return proxy;
  }

  /** Undefined while the proxy does not respond. */
  async readiness(): Promise<Readiness | undefined> {
    const response = await httpGet(`${this.adminUrl}/readyz`);
    return response === undefined ? undefined : readinessSchema.parse(JSON.parse(response.body));
  }

  /** Waits until every worker applies this generation. */
  async untilApplied(generation: number): Promise<void> {
    await until(`the proxy to apply generation ${generation}`, async () => {
      const now = await this.readiness();
      return now !== undefined && now.ready && now.generation >= generation;
    });
  }
}

function tlsOptions(tls: TlsPlan | undefined): Record<string, string> {
  if (tls === undefined) return {};
  return {
    'tls-listen': `${loopback}:${tls.port}`,
    tls: 'acme',
    host: tlsHost,
    'acme-directory': tls.authority.directoryUrl,
  };
}

function environmentOf({
  host,
  redisUrl,
  clockShiftMs,
  tls,
}: RunningProxyPlan): Record<string, string> {
  return {
    ...(tls !== undefined && {
      [env.edgeKey]: randomBytes(32).toString('base64'),
      [env.acmeCaCertificate]: tls.authority.caCertificate,
    }),
    ...(host !== undefined && { [env.host]: host }),
    ...(redisUrl !== undefined && { [env.redisUrl]: redisUrl }),
    // The workers inherit it.
    ...(clockShiftMs !== undefined && { NODE_OPTIONS: `--import=${shiftedClock(clockShiftMs)}` }),
  };
}

function shiftedClock(shiftMs: number): string {
  const url = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts'));
  url.searchParams.set('ms', String(shiftMs));
  return url.href;
}
