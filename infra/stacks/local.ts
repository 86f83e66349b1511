import type { StackConfig } from '../config/stack-config.ts';
import { newest } from '../release/generation.ts';
import { addCanary } from './both-tracks.ts';
import { guardGuests } from './edge.ts';
import { makeStable, type Prod } from './prod.ts';
import { pullLogins } from './pulls.ts';

/** Makes both tracks in one stack. */
export function makeBothTracks(config: StackConfig): Prod {
  const prod = makeStable(config);
  const { release: parts, target } = prod;
  const logins = pullLogins(config, target.registry);
  const canary = addCanary(config, { ...prod, parts, logins });
  guardGuests(prod, canary === undefined ? [] : [canary.members]);
  if (canary === undefined) return prod;
  const generation = newest([prod.generation, canary.generation]);
  return { ...prod, generation, canaryImages: canary.images };
}
