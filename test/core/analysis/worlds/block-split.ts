import type { Track } from '../../../../runtime/contract/names.ts';

const blockSize = 100;

/**
 * Track of one request after another, in random order within blocks of 100, as the proxy's split
 * draws it. It stands for runtime/core/routing/weighted-split.ts, which takes no source of chance
 * yet; replace it by that as soon as it does.
 * @param weight - a whole number of percent.
 */
export function blockSplit(weight: number, chance: () => number): () => Track {
  let [requests, canaries] = [0, 0];
  return () => {
    if (requests === 0) [requests, canaries] = [blockSize, weight];
    const isCanary = chance() * requests < canaries;
    requests -= 1;
    if (isCanary) canaries -= 1;
    return isCanary ? 'canary' : 'stable';
  };
}
