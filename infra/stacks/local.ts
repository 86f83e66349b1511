import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { guardGuests } from './edge.ts';
import { hostsInTurn } from './placement.ts';
import { makeStable, type Prod } from './prod.ts';
import { pullLogins } from './pulls.ts';
import { appArgs } from './service-args.ts';
import { canaryRelease, recordCanary } from './track-release.ts';

/** Makes both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeStable(config);
  const { images, appImage: image, target, control } = prod;
  const { hosts, registry } = target;
  const pulls = { hosts, logins: pullLogins(config, registry) };
  const release = canaryRelease(config, { images, image }, pulls);
  const canary = new App('canary', {
    ...appArgs(config),
    track: 'canary',
    hosts: hostsInTurn(hosts, config.canaryCount),
    image: release.image,
    version: release.images.version,
    redis: prod.redis,
    control,
  });
  recordCanary(config, { images: release.images, control, members: canary });
  const generation = canaryWeight('canary-weight', {
    control,
    weight: config.canaryWeight,
    affinity: config.affinity,
    canary,
  });
  guardGuests(prod, [canary]);
  return { ...prod, generation: newest([prod.generation, generation]) };
}
