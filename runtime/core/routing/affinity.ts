import type { Track } from '../../contract/names.ts';
import { stableHash } from './stable-hash.ts';
import { fullShare, hundredths } from './weight.ts';

/**
 * Where a client stands on a rollout's scale, 0 to 9,999. The rollout's id is the salt, so that it
 * is not always the same people who meet a canary first.
 */
export function affinityPoint(rolloutId: string, clientId: string): number {
  return stableHash(fullShare, rolloutId, clientId);
}

/** Raising the weight only adds clients to the canary: the point does not move, the mark does. */
export function trackFor(point: number, weight: number): Track {
  return point < hundredths(weight) ? 'canary' : 'stable';
}
