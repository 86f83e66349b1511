import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { guardGuests } from './edge.ts';
import { hostsInTurn } from './placement.ts';
import { makeStable, type Prod } from './prod.ts';
import { appArgs } from './service-args.ts';

/** Makes both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeStable(config);
  const canary = new App('canary', {
    ...appArgs(config, 'canary'),
    hosts: hostsInTurn(prod.target.hosts, config.canaryCount),
    image: prod.appImage,
    version: prod.images.version,
    redis: prod.redis,
    control: prod.control,
  });
  const generation = canaryWeight('canary-weight', {
    control: prod.control,
    weight: config.canaryWeight,
    affinity: config.affinity,
    canary,
  });
  guardGuests(prod, [canary]);
  return { ...prod, generation: newest([prod.generation, generation]) };
}
