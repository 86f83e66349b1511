import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { App } from '../services/app.ts';
import { spread } from './placement.ts';
import { makeProd, type Prod } from './prod.ts';

/** Both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeProd(config);
  const canary = new App('canary', {
    track: 'canary',
    hosts: spread(prod.site.hosts, config.canaryCount),
    image: prod.appImage,
    version: prod.images.version,
    config,
    redis: prod.redis,
    control: prod.control,
  });
  const generation = canaryWeight('canary-weight', prod.control, {
    weight: config.canaryWeight,
    affinity: config.affinity,
    canary,
  });
  return { ...prod, generation: newest([prod.generation, generation]) };
}
