import type { Track } from '../contract/names.ts';
import { fullShare, hundredths } from './weight.ts';

/**
 * Where a client stands on a rollout's scale, 0 to 9,999. The rollout's id is the salt, so that it
 * is not always the same people who meet a canary first.
 *
 * FNV-1a (draft-eastlake-fnv, 32 bit) over the UTF-16 code units, then the finaliser of
 * MurmurHash3 (fmix32), without which sequential ids would land side by side.
 */
export function affinityPoint(rolloutId: string, clientId: string): number {
  const hash = mix(fnv1a(clientId, fnv1a(rolloutId, 0x811c9dc5) ^ 0xff));
  return Math.floor((hash / 2 ** 32) * fullShare);
}

/** Raising the weight only adds clients to the canary: the point does not move, the mark does. */
export function trackFor(point: number, weight: number): Track {
  return point < hundredths(weight) ? 'canary' : 'stable';
}

function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
