import { checkNoneFailed, setWeight, type Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Numbers of requests that are whole blocks of the split. */
const segments = [
  { weight: 0, requests: 1_000, quick: 100 },
  { weight: 25, requests: 2_000, quick: 400 },
  { weight: 33.33, requests: 10_000, quick: 1_000 },
  { weight: 20, requests: 2_000, quick: 400 },
] as const;

const concurrency = 16;

/** The split is exact in its blocks at any weight. */
export const split: Scenario = {
  name: 'split',
  description: 'weights 0, 25, 33.33 and 20 in turn: the canary gets exactly its share',
  traffic: 50,
  hasMonitor: false,
  async play(stage) {
    for (const { weight, requests, quick } of segments) {
      await measure(stage, weight, stage.options.quick ? quick : requests);
    }
    checkNoneFailed(stage);
  },
};

async function measure(stage: Stage, weight: number, requests: number): Promise<void> {
  const { traffic, recorder, proxy } = stage;
  const { ratePerSecond } = traffic;
  // The steady traffic pauses, so that the first block of the weight begins with the next request.
  await traffic.pause();
  await setWeight(stage, weight);
  recorder.note(`the proxy applies weight ${weight}%`);
  // That block makes up for the one that the change of weight broke off.
  await traffic.send(100, concurrency);
  const counts = await traffic.send(requests, concurrency);
  traffic.setRate(ratePerSecond);

  const expected = Number(((requests * weight) / 100).toFixed(2));
  const actual = counts.answeredBy('canary');
  recorder.check(`canary requests out of ${requests} at weight ${weight}%`, {
    expected,
    actual,
    ok: Math.abs(actual - expected) <= largestDeviation(weight, requests, proxy.workers),
  });
  recorder.check(`stable requests out of ${requests} at weight ${weight}%`, {
    expected: requests - expected,
    actual: counts.answeredBy('stable'),
    ok: counts.answeredBy('stable') === requests - actual,
  });
}

/**
 * Largest deviation of the canary's count. One worker is exact in whole blocks of 100 requests, with
 * decimals in 10,000, else off by less than one a block. Several workers each leave off in the
 * middle of a block, which may have begun with all of its canary requests.
 */
export function largestDeviation(weight: number, requests: number, workers: number): number {
  const isExact = Number.isInteger(weight) || requests % 10_000 === 0;
  const ofDecimals = isExact ? 0 : requests / 100;
  return workers === 1
    ? ofDecimals
    : ofDecimals + workers * Math.ceil((weight * (100 - weight)) / 100);
}
