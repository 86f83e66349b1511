import type { Track } from '../../contract/names.ts';
import { stableHash } from './stable-hash.ts';
import { fullShare, hundredths } from './weight.ts';

/**
 * Point of a client on a rollout's scale, 0 to 9,999. The rollout's id is the salt, so that each
 * rollout reaches other clients first.
 */
export function affinityPoint(rolloutId: string, clientId: string): number {
  return stableHash(fullShare, rolloutId, clientId);
}

/** Track of a point. Raising the weight only adds clients to the canary, because points are fixed. */
export function trackFor(point: number, weight: number): Track {
  return point < hundredths(weight) ? 'canary' : 'stable';
}
