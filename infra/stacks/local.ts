import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { addCanary } from './both-tracks.ts';
import { guardGuests } from './edge.ts';
import { makeStable, type Prod } from './prod.ts';
import { pullLogins } from './pulls.ts';

/** Makes both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeStable(config);
  const { release: parts, target, control } = prod;
  const logins = pullLogins(config, target.registry);
  const canary = addCanary(config, { ...prod, parts, logins });
  const generation = canaryWeight('canary-weight', {
    control,
    weight: config.canaryWeight,
    affinity: config.affinity,
    steps: config.steps,
    onInconclusive: config.onInconclusive,
    canary,
  });
  guardGuests(prod, [canary]);
  return { ...prod, generation: newest([prod.generation, generation]) };
}
