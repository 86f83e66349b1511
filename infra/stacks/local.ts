import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { addCanary } from './both-tracks.ts';
import { guardGuests } from './edge.ts';
import { makeStable, type Prod } from './prod.ts';
import { pullLogins } from './pulls.ts';
import { shareArgs } from './service-args.ts';

/** Makes both tracks in one stack. */
export function makeLocal(config: StackConfig): Prod {
  const prod = makeStable(config);
  const { release: parts, target, control } = prod;
  const logins = pullLogins(config, target.registry);
  const canary = addCanary(config, { ...prod, parts, logins });
  const generation = canaryWeight('canary-weight', {
    ...shareArgs(config),
    control,
    canary,
  });
  guardGuests(prod, [canary]);
  return { ...prod, generation: newest([prod.generation, generation]) };
}
