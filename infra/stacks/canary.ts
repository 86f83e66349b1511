import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import { makeSite } from '../targets/make-target.ts';
import type { Control } from '../release/control.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { App } from '../services/app.ts';
import { onHosts } from '../images/host-image.ts';
import type { RedisAccess } from '../services/redis.ts';
import { buildImages } from '../images/release-images.ts';
import type { Joint } from '../config/prod-connection.ts';
import { readJoint } from './prod-outputs.ts';
import { makeMonitors } from './monitors.ts';
import { spread } from './placement.ts';
import type { Prod } from './prod.ts';

/** Canary members on hosts of their own, which join a prod stack. */
export async function makeCanary(
  config: StackConfig,
): Promise<Pick<Prod, 'site' | 'images' | 'generation'> & { joint: pulumi.Output<Joint> }> {
  const joint = await readJoint(config.prodStack ?? '', config.service, config.target);
  const site = makeSite(config, joint.neighbourhood);
  const images = buildImages(config, site.registry);
  const redis: RedisAccess = { urlFrom: () => pulumi.secret(joint.redisUrl), ready: [] };
  const runtime = onHosts('runtime', images.runtime, site.hosts);
  const monitors = makeMonitors(config, site.hosts, runtime, redis);
  const control = controlOf(
    joint,
    config,
    monitors.map((monitor) => monitor.ready),
  );
  const canary = new App('canary', {
    track: 'canary',
    hosts: spread(site.hosts, config.canaryCount),
    image: onHosts('app', images.app, site.hosts),
    version: images.version,
    config,
    redis,
    control,
  });
  const generation = canaryWeight('canary-weight', control, {
    weight: config.canaryWeight,
    affinity: config.affinity,
    canary,
  });
  return { site, images, generation, joint: pulumi.secret(pulumi.output(joint)) };
}

/** Commands run on prod's control host; the canary's own monitors have to watch before it gets traffic. */
function controlOf(
  { control }: Joint,
  { service, sshPrivateKey }: StackConfig,
  ready: readonly pulumi.Resource[],
): Control {
  const connection = { ...control, privateKey: pulumi.secret(sshPrivateKey ?? '') };
  return { service, shell: { kind: 'ssh', connection }, ready };
}
