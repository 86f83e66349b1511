import * as pulumi from '@pulumi/pulumi';
import type { HostConnection } from '../config/host-connection.ts';
import type { ProdConnection } from '../config/prod-connection.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { buildImages, type ReleaseImages } from '../images/release-images.ts';
import type { Control } from '../release/control.ts';
import { App } from '../services/app.ts';
import { generatedPassword } from '../services/password.ts';
import { HostProxy } from '../services/host-proxy.ts';
import { Redis, type RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { makeTarget } from '../targets/make-target.ts';
import type { Target } from '../targets/target.ts';
import {
  guardGuests,
  hostAddresses,
  proxyHttps,
  proxyUrl,
  registerHosts,
  sealingKey,
} from './edge.ts';
import { makeConsole, type ShownConsole } from './console.ts';
import { afterRelease, beforeRelease, makeWorkers, type ReleaseParts } from './hooks.ts';
import { offerHosts } from './host-outputs.ts';
import { makeMemberServers } from './member-servers.ts';
import { makeMonitors } from './monitors.ts';
import { hostsInTurn } from './placement.ts';
import { offerConnection } from './prod-outputs.ts';
import { appOnHosts, pullLogins, redisPull, runtimeOnHosts } from './pulls.ts';
import { appArgs, imageArgs, monitorArgs, proxyArgs, redisArgs } from './service-args.ts';
import { targetArgs } from './target-args.ts';
import { recordRelease, type TrackImages } from './track-release.ts';

/** Redis, monitors, stable members and proxies, with everything that a canary needs to join them. */
export interface ProdParts {
  readonly target: Target;
  readonly images: ReleaseImages;
  /** Release of the stack's own canary, if it is another than the stable one. */
  readonly canaryImages?: TrackImages | undefined;
  readonly redis: RedisAccess;
  readonly control: Control;
  /** The stable release, as its hooks need it. */
  readonly release: ReleaseParts;
  /** Resources created before any member is reserved. */
  readonly before: readonly pulumi.Resource[];
  /** Resources that serve the stable release. */
  readonly serving: readonly pulumi.Resource[];
  /** Everything that guests use. */
  readonly parts: readonly pulumi.Resource[];
  /** Connection for canary stacks. Secret. */
  readonly connection: pulumi.Output<ProdConnection> | undefined;
  /** Connection for guests. Secret. Undefined: the stack cannot have any. */
  readonly hostConnection: pulumi.Output<HostConnection> | undefined;
  readonly url: pulumi.Output<string>;
  /** Addresses that the DNS of each host name must have. Undefined: none. */
  readonly hostAddresses: pulumi.Output<Record<string, string[]>> | undefined;
  /** The service's route, and what it needs. Empty: the service has no hosts. */
  readonly edge: readonly pulumi.Resource[];
  /** Undefined: people reach the console over ssh only. */
  readonly console: ShownConsole | undefined;
  /** Generation of the release document after the stack's last change to it. */
  readonly generation: pulumi.Output<number>;
  /** Token with which testers choose the track. Secret. */
  readonly overrideToken: pulumi.Output<string>;
}

/** Makes the stable track of a service, which canary stacks and guests may join. */
export function makeProd(config: StackConfig, opts: PartOptions = {}): ProdParts {
  const prod = makeStable(config, opts);
  afterRelease(config, prod.release, prod.serving);
  guardGuests(prod, []);
  return prod;
}

/** Makes everything of a prod stack but the guard of its guests. */
export function makeStable(config: StackConfig, opts: PartOptions): ProdParts {
  const { service } = config;
  const target = makeTarget(`${service}-${config.role}`, targetArgs(config), opts);
  const first = firstOf(target.hosts);
  const logins = pullLogins(config, target.registry);
  const images = buildImages({ ...imageArgs(config), registry: target.registry, logins }, opts);
  const pulls = { images, hosts: target.hosts, logins, opts };
  const runtime = runtimeOnHosts(pulls);
  const redis =
    target.managedRedis ??
    new Redis(
      'redis',
      {
        ...redisArgs(config),
        host: first,
        after: [...images.built, redisPull(config, first, { logins, opts })],
      },
      opts,
    );
  const edgeKey = sealingKey(config, opts);
  const https = proxyHttps(config, edgeKey, target.hosts);
  const monitors = makeMonitors(
    target.hosts,
    { ...monitorArgs(config), image: runtime, redis, edgeKey },
    opts,
  );
  target.watchMonitors?.(monitors.map((monitor) => monitor.ready));
  const control = {
    service,
    shell: first.shell,
    ready: monitors.slice(0, 1).map((monitor) => monitor.ready),
  };
  const release = {
    track: 'stable',
    hosts: target.hosts,
    image: appOnHosts(pulls),
    version: images.version,
    redis,
    control,
    ...makeMemberServers(config, { target, image: runtime, redis, opts }),
    opts,
  } as const;
  const before = beforeRelease(config, release);
  const stable = new App(
    'stable',
    {
      ...appArgs(config, 'stable'),
      ...release,
      hosts: hostsInTurn(target.hosts, config.stableCount),
      after: before,
    },
    opts,
  );
  recordRelease('stable', { images, control, members: stable, opts });
  const workers = makeWorkers(config, release, before);
  const overrideToken = generatedPassword('override-token', opts);
  const proxies = target.hosts.slice(0, config.proxyCount).map(
    (host) =>
      new HostProxy(
        `proxy-${host.name}`,
        {
          ...proxyArgs(config),
          host,
          image: runtime,
          redis,
          https,
          overrideToken,
          trustedProxies: [...(target.loadBalancer?.networks ?? []), ...config.trustedProxies],
          after: [stable],
        },
        opts,
      ),
  );
  const edge = registerHosts(config, { control, opts }, proxies);
  const shown = { host: first, image: runtime, redis, control, opts };
  const console = makeConsole(config, shown, [...proxies, ...edge]);
  return {
    target,
    images,
    redis,
    control,
    release,
    before,
    serving: [stable, ...workers, ...proxies, ...edge],
    parts: [target, ...monitors, stable, ...proxies, ...edge, ...(console?.parts ?? [])],
    overrideToken,
    connection: offerConnection({
      service,
      targetName: config.target,
      target,
      control: first,
      redis,
    }),
    hostConnection: offerHosts(config, { target, redis, images }),
    url: target.loadBalancer?.url ?? proxyUrl(config, first),
    hostAddresses: hostAddresses(config, target.hosts),
    edge,
    console,
    generation: stable.generation,
  };
}

function firstOf(hosts: readonly Host[]): Host {
  const [first] = hosts;
  if (first === undefined) throw new pulumi.RunError('a stack needs a host');
  return first;
}
