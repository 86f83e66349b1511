import { checkNoneFailed, setWeight, type Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Request counts of which each weight is a whole number, so that the share has one exact value. */
const segments = [
  { weight: 25, requests: 2_000, quick: 400 },
  { weight: 33.33, requests: 10_000, quick: 1_000 },
  { weight: 20, requests: 2_000, quick: 400 },
  { weight: 0, requests: 1_000, quick: 100 },
] as const;

const concurrency = 16;

/** The split is exact over consecutive requests at any weight. */
export const split: Scenario = {
  name: 'split',
  description: 'weights 25, 33.33, 20 and 0 in turn: the canary gets exactly its share',
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
  await setWeight(stage, weight);
  recorder.note(`the proxy applies weight ${weight}% under load`);
  // The steady traffic pauses, so that the counted requests are consecutive for the proxy, too.
  await traffic.pause();
  const counts = await traffic.send(requests, concurrency);
  traffic.setRate(ratePerSecond);

  const expected = Number(((requests * weight) / 100).toFixed(2));
  const actual = counts.answeredBy('canary');
  recorder.check(`canary requests out of ${requests} at weight ${weight}%`, {
    expected,
    actual,
    ok: Math.abs(actual - expected) <= largestDeviation(expected, proxy.workers),
  });
  recorder.check(`stable requests out of ${requests} at weight ${weight}%`, {
    expected: requests - expected,
    actual: counts.answeredBy('stable'),
    ok: counts.answeredBy('stable') === requests - actual,
  });
}

/**
 * Largest deviation of the canary's count. One worker is exact if the share is a whole number of
 * requests, else off by less than one. Several workers are each off by less than one, because each
 * gets a part of the requests only.
 */
function largestDeviation(expected: number, workers: number): number {
  return workers === 1 && Number.isInteger(expected) ? 0 : workers;
}
