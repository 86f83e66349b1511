import { isIP } from 'node:net';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { LoggedClients } from '../../runtime/contract/access-log.ts';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { containerArgs, containerChanges, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { adminHealthCheck } from './health.ts';
import { metricsLabel, metricsOptions, metricsPortOf } from './metrics-port.ts';
import type { RedisAccess } from './redis.ts';

export interface HostProxyArgs {
  readonly service: string;
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  /** Port that the proxy serves by http. */
  readonly port: number;
  /** Undefined: the proxy serves no https. */
  readonly https: HttpsArgs | undefined;
  /** Worker processes of the host, at least one for each of its two proxies. */
  readonly workers: number;
  /** Path that the proxy requests from members to check their health. */
  readonly healthPath: string;
  /** Host of these requests. Undefined: the member's address. */
  readonly healthHost: string | undefined;
  /** Beginnings of paths of assets, which another version is asked for. */
  readonly assetPaths: readonly string[];
  /** Undefined: no access log. What is not given has the proxy's own default. */
  readonly accessLog: AccessLogArgs | undefined;
  /** First of the host's ports of metrics. Undefined: metrics are served in the container only. */
  readonly metricsPort: number | undefined;
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

export interface AccessLogArgs {
  /** Share of the requests that are logged, percent. */
  readonly percent?: number | undefined;
  readonly query?: boolean | undefined;
  readonly clients?: LoggedClients | undefined;
}

export interface HttpsArgs {
  readonly port: number;
  /** URL of the ACME server's directory. Default: the proxy's own. */
  readonly acmeDirectory: string | undefined;
  /** Address that the ACME server may write to. */
  readonly acmeEmail: string | undefined;
  /** PEM with which the ACME server's own certificate is checked. Default: the authorities of Node.js. */
  readonly acmeCaCertificate: string | undefined;
  /** Addresses that DNS should have for the hosts: those of all hosts with a proxy. */
  readonly publicAddresses: pulumi.Output<readonly string[]>;
  /** Key that seals private keys in Redis, base64. Secret. */
  readonly edgeKey: pulumi.Output<string>;
}

const adminSocket = '/tmp/admin.sock';
const stateFolder = '/var/lib/perch';
const memoryMiB = { supervisor: 128, worker: 192 };

/** Numbers that the ids of the second proxy's workers begin with: more than the first one has. */
const secondFirstSlot = 64;

/**
 * The proxies of one host: two containers that listen on the same port, each with half of the
 * workers. If one is killed or crashes, clients reach the other one at once, with every new
 * connection; Docker needs half a second to restart a container. They share the host's network, so
 * that a new proxy listens while the old one drains.
 */
export class HostProxy extends pulumi.ComponentResource {
  constructor(name: string, args: HostProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Proxy', name, {}, opts);
    const { host, workers, startTimeoutSeconds } = args;
    const onHost = { parent: this, provider: host.docker };
    const state = new docker.Volume(name, {}, onHost);
    const proxies = [
      {
        name,
        workers: Math.ceil(workers / 2),
        firstSlot: 0,
        metricsPort: metricsPortOf(args.metricsPort, 'proxy'),
      },
      {
        name: `${name}-second`,
        workers: Math.max(1, Math.floor(workers / 2)),
        firstSlot: secondFirstSlot,
        metricsPort: metricsPortOf(args.metricsPort, 'secondProxy'),
      },
    ];
    const containers = proxies.map((proxy) => {
      const container = new docker.Container(proxy.name, proxyContainer(args, state, proxy), {
        ...onHost,
        ...containerChanges,
        deleteBeforeReplace: false,
        dependsOn: [...args.redis.ready, ...args.after],
      });
      healthy(proxy.name, { host, container, startTimeoutSeconds }, { parent: this });
      return container;
    });
    this.registerOutputs({ containers: containers.map((container) => container.name) });
  }
}

interface ProxyShare {
  readonly workers: number;
  readonly firstSlot: number;
  readonly metricsPort: number | undefined;
}

function proxyContainer(
  args: HostProxyArgs,
  state: docker.Volume,
  { workers, firstSlot, metricsPort }: ProxyShare,
): docker.ContainerArgs {
  const { service, host, redis, port, https, drainTimeoutSeconds } = args;
  // [::] is every address of the host, of IPv4 too, also where there is no IPv6.
  const address = host.shell.kind === 'here' ? '127.0.0.1' : '[::]';
  return {
    ...containerArgs({
      service,
      part: 'proxy',
      image: args.image(host),
      environment: {
        [env.service]: service,
        [env.host]: host.name,
        [env.redisUrl]: redis.urlFrom(host, 'host'),
        [env.overrideToken]: args.overrideToken,
        ...httpsEnvironment(https),
        ...(firstSlot > 0 && { [env.firstSlot]: String(firstSlot) }),
      },
      memoryMiB: memoryMiB.supervisor + memoryMiB.worker * workers,
      healthCheck: adminHealthCheck(adminSocket, '/readyz'),
      startTimeoutSeconds: args.startTimeoutSeconds,
      stopTimeoutSeconds: drainTimeoutSeconds + 5,
      labels: {
        [labels.port]: String(port),
        ...(https !== undefined && { [labels.httpsPort]: String(https.port) }),
        ...metricsLabel(metricsPort),
      },
    }),
    ...readOnlyRoot,
    networkMode: 'host',
    command: pulumi
      .all([
        https?.publicAddresses ?? [],
        pulumi.all([...args.trustedProxies]),
        metricsOptions(host, metricsPort),
      ])
      .apply(([publicAddresses, trustedProxies, metrics]) => [
        'proxy',
        `--listen=${address}:${port}`,
        ...httpsOptions(address, https),
        // DNS cannot point to a name.
        ...publicAddresses.filter(isIP).map((ip) => `--public-address=${ip}`),
        `--admin=unix:${adminSocket}`,
        ...metrics,
        `--state-dir=${stateFolder}`,
        `--workers=${workers}`,
        `--drain-timeout=${drainTimeoutSeconds * 1_000}`,
        `--health-path=${args.healthPath}`,
        ...(args.healthHost === undefined ? [] : [`--health-host=${args.healthHost}`]),
        ...args.assetPaths.map((path) => `--asset-path=${path}`),
        ...judgingOptions(args),
        ...accessLogOptions(args.accessLog),
        ...trustedProxies.map((network) => `--trust-proxy=${network}`),
      ]),
    volumes: [{ volumeName: state.name, containerPath: stateFolder }],
  };
}

function httpsEnvironment(https: HttpsArgs | undefined): Record<string, pulumi.Input<string>> {
  if (https === undefined) return {};
  const { edgeKey, acmeCaCertificate } = https;
  return {
    [env.edgeKey]: edgeKey,
    ...(acmeCaCertificate !== undefined && { [env.acmeCaCertificate]: acmeCaCertificate }),
  };
}

function httpsOptions(address: string, https: HttpsArgs | undefined): string[] {
  if (https === undefined) return [];
  const { port, acmeDirectory, acmeEmail } = https;
  return [
    `--tls-listen=${address}:${port}`,
    ...(acmeDirectory === undefined ? [] : [`--acme-directory=${acmeDirectory}`]),
    ...(acmeEmail === undefined ? [] : [`--acme-email=${acmeEmail}`]),
  ];
}

function accessLogOptions({ percent, query, clients }: AccessLogArgs = {}): string[] {
  if (percent === undefined) return [];
  return [
    `--access-log=${percent}`,
    ...(query === true ? ['--access-log-query'] : []),
    ...(clients === undefined ? [] : [`--access-log-clients=${clients}`]),
  ];
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
