import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { containerArgs, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { adminHealthCheck } from './health.ts';
import type { RedisAccess } from './redis.ts';

export interface HostProxyArgs {
  readonly service: string;
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  /** Port that the proxy serves. */
  readonly port: number;
  readonly workers: number;
  /** Path that the proxy requests from members to check their health. */
  readonly healthPath: string;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Time limit for open requests when the proxy stops, seconds. */
  readonly drainTimeoutSeconds: number;
  /** Time without a judge until stable gets the canary's share, seconds. Default: the proxy's own. */
  readonly unjudgedAfterSeconds: number | undefined;
  /** Time after a member's first request in which its latencies do not count, seconds. Default: the proxy's own. */
  readonly warmUpSeconds: number | undefined;
  /** Token with which testers choose the track. Secret. */
  readonly overrideToken: pulumi.Output<string>;
  /** Networks whose X-Forwarded-* fields are believed. */
  readonly trustedProxies: readonly pulumi.Input<string>[];
  /** Resources created before it: a proxy is ready once it has members. */
  readonly after: readonly pulumi.Resource[];
}

const adminSocket = '/tmp/admin.sock';
const stateFolder = '/var/lib/perch';
const memoryMiB = { supervisor: 128, worker: 192 };

/**
 * The proxy of one host. It shares the host's network, so that a new proxy listens on the same
 * port while the old one drains.
 */
export class HostProxy extends pulumi.ComponentResource {
  constructor(name: string, args: HostProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Proxy', name, {}, opts);
    const { service, host, redis, port, workers, drainTimeoutSeconds } = args;
    const onHost = { parent: this, provider: host.docker };
    const state = new docker.Volume(name, {}, onHost);
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service,
          part: 'proxy',
          image: args.image(host),
          environment: {
            [env.service]: service,
            [env.host]: host.name,
            [env.redisUrl]: redis.urlFrom(host, 'host'),
            [env.overrideToken]: args.overrideToken,
          },
          memoryMiB: memoryMiB.supervisor + memoryMiB.worker * workers,
          healthCheck: adminHealthCheck(adminSocket, '/readyz'),
          startTimeoutSeconds: args.startTimeoutSeconds,
          stopTimeoutSeconds: drainTimeoutSeconds + 5,
          labels: { [labels.port]: String(port) },
        }),
        ...readOnlyRoot,
        networkMode: 'host',
        command: [
          'proxy',
          `--listen=${host.shell.kind === 'here' ? '127.0.0.1' : '0.0.0.0'}:${port}`,
          `--admin=unix:${adminSocket}`,
          `--state-dir=${stateFolder}`,
          `--workers=${workers}`,
          `--drain-timeout=${drainTimeoutSeconds * 1_000}`,
          `--health-path=${args.healthPath}`,
          ...judgingOptions(args),
          ...args.trustedProxies.map((network) => pulumi.interpolate`--trust-proxy=${network}`),
        ],
        volumes: [{ volumeName: state.name, containerPath: stateFolder }],
      },
      { ...onHost, deleteBeforeReplace: false, dependsOn: [...redis.ready, ...args.after] },
    );
    const { startTimeoutSeconds } = args;
    healthy(name, { host, container, startTimeoutSeconds }, { parent: this });
    this.registerOutputs({ container: container.name });
  }
}

/** Options of the proxy's part in judging. A proxy of an older image knows none, so only what is set is given. */
function judgingOptions(args: HostProxyArgs): string[] {
  const options = [
    ['--unjudged-after', args.unjudgedAfterSeconds],
    ['--warm-up-seconds', args.warmUpSeconds],
  ] as const;
  return options
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => `${option}=${value}`);
}
