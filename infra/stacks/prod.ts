import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { makeSite } from '../targets/make-target.ts';
import type { Site } from '../targets/target.ts';
import type { Control } from '../release/control.ts';
import { App } from '../services/app.ts';
import { onHosts, type HostImage } from '../images/host-image.ts';
import { generatedPassword } from '../services/password.ts';
import { Proxy } from '../services/proxy.ts';
import { Redis, type RedisAccess } from '../services/redis.ts';
import { buildImages, type Images } from '../images/release-images.ts';
import type { Joint } from '../config/prod-connection.ts';
import { offerJoint } from './prod-outputs.ts';
import { makeMonitors } from './monitors.ts';
import { spread } from './placement.ts';

/** Redis, monitors, stable members and proxies, and what a canary needs to join them. */
export interface Prod {
  readonly site: Site;
  readonly images: Images;
  readonly appImage: HostImage;
  readonly redis: RedisAccess;
  readonly control: Control;
  readonly proxies: readonly Proxy[];
  /** What a canary stack needs to join. Secret. */
  readonly joint: pulumi.Output<Joint> | undefined;
  readonly url: pulumi.Output<string>;
  /** Of the release document: the newest that the stack's own changes made. */
  readonly generation: pulumi.Output<number>;
  /** Lets a tester choose the track. Secret. */
  readonly overrideToken: pulumi.Output<string>;
}

export function makeProd(config: StackConfig): Prod {
  const site = makeSite(config);
  const first = firstOf(site.hosts);
  const images = buildImages(config, site.registry);
  const appImage = onHosts('app', images.app, site.hosts);
  const runtime = onHosts('runtime', images.runtime, site.hosts);
  const redis =
    site.managedRedis ?? new Redis('redis', { host: first, config, after: images.built });
  const monitors = makeMonitors(config, site.hosts, runtime, redis);
  const control = {
    service: config.service,
    shell: first.shell,
    ready: monitors.slice(0, 1).map((monitor) => monitor.ready),
  };
  const stable = new App('stable', {
    track: 'stable',
    hosts: spread(site.hosts, config.stableCount),
    image: appImage,
    version: images.version,
    config,
    redis,
    control,
  });
  const overrideToken = generatedPassword('override-token');
  const proxies = site.hosts.slice(0, config.proxyCount).map(
    (host) =>
      new Proxy(`proxy-${host.name}`, {
        host,
        image: runtime,
        config,
        redis,
        overrideToken,
        trustedProxies: site.loadBalancer?.networks ?? [],
        after: [stable],
      }),
  );
  const direct = pulumi.interpolate`http://${first.publicAddress}:${config.httpPort}`;
  return {
    site,
    images,
    appImage,
    redis,
    control,
    proxies,
    overrideToken,
    joint: offerJoint(config.service, config.target, first, redis, site),
    url: site.loadBalancer?.url ?? direct,
    generation: stable.generation,
  };
}

function firstOf(hosts: readonly Host[]): Host {
  const [first] = hosts;
  if (first === undefined) throw new pulumi.RunError('a stack needs a host');
  return first;
}
