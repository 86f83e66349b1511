import type { Traffic } from '../simulation.ts';
import { WeightedSplit } from '../../../../runtime/core/routing/weighted-split.ts';
import { fastBin, slowBin } from './chance-traffic.ts';
import { addTo } from './latency-model.ts';

/** Answer to one request, which is the same whatever track it reaches. */
interface Answer {
  readonly fails: boolean;
  readonly isSlow: boolean;
}

interface RequestWorld {
  readonly requestsPerSecond: number;
  readonly weight: number;
  readonly chance: () => number;
}

/**
 * One client that alternates between `pages` pages. The first one always fails and the second one is
 * always slow, in both versions.
 */
export function pageTraffic(world: RequestWorld, pages: number): Traffic {
  let page = 0;
  return requestTraffic(world, () => {
    const answer = { fails: page === 0, isSlow: page === 1 };
    page = (page + 1) % pages;
    return [answer];
  });
}

/** Most times that a client sends a failed request again. */
const mostRetries = 3;

/**
 * Requests that their clients send again at once if they fail. `poisoned` of them fail always,
 * whatever the version, and `failing` of all attempts by chance.
 */
export function retryTraffic(
  world: RequestWorld,
  { poisoned, failing }: { readonly poisoned: number; readonly failing: number },
): Traffic {
  const { chance } = world;
  return requestTraffic(world, () => {
    const isPoisoned = chance() < poisoned;
    const attempts: Answer[] = [];
    while (attempts.length <= mostRetries) {
      const fails = isPoisoned || chance() < failing;
      attempts.push({ fails, isSlow: chance() < 0.05 });
      if (!fails) break;
    }
    return attempts;
  });
}

function requestTraffic(
  { requestsPerSecond, weight, chance }: RequestWorld,
  next: () => readonly Answer[],
): Traffic {
  const split = new WeightedSplit(chance);
  return {
    weight: () => weight,
    serve(counts, _second, seconds) {
      for (let request = 0; request < requestsPerSecond * seconds; request += 1) {
        for (const { fails, isSlow } of next()) {
          const ofTrack = counts[split.next(weight)];
          ofTrack.requests += 1;
          if (fails) ofTrack.failures += 1;
          addTo(ofTrack.latency, isSlow ? slowBin : fastBin, 1);
        }
      }
    },
  };
}
