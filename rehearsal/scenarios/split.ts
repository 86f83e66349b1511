import { checkNoneFailed, setWeight, type Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Counts of which each weight makes a whole number, so that the canary's share has one value. */
const segments = [
  { weight: 25, requests: 2_000, quick: 400 },
  { weight: 33.33, requests: 10_000, quick: 1_000 },
  { weight: 20, requests: 2_000, quick: 400 },
  { weight: 0, requests: 1_000, quick: 100 },
] as const;

const concurrency = 16;

/** The split is exact over consecutive requests, at any weight. */
export const split: Scenario = {
  name: 'split',
  summary: 'weights 25, 33.33, 20 and 0 in turn; the canary gets exactly its share',
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
  recorder.note(`weight ${weight} % applied under load`);
  // The steady traffic stands aside, so that those counted are consecutive for the proxy too.
  await traffic.pause();
  const counts = await traffic.send(requests, concurrency);
  traffic.setRate(ratePerSecond);

  const expected = Number(((requests * weight) / 100).toFixed(2));
  const actual = counts.answeredBy('canary');
  recorder.check(`canary requests of ${requests} at weight ${weight} %`, {
    expected,
    actual,
    ok: Math.abs(actual - expected) <= largestDeviation(expected, proxy.workers),
  });
  recorder.check(`stable requests of ${requests} at weight ${weight} %`, {
    expected: requests - expected,
    actual: counts.answeredBy('stable'),
    ok: counts.answeredBy('stable') === requests - actual,
  });
}

/**
 * One worker is exact where the share is a whole number of requests, and less than one off where it
 * is not; several are each so for the part that they got, which need not be a whole share.
 */
function largestDeviation(expected: number, workers: number): number {
  return workers === 1 && Number.isInteger(expected) ? 0 : workers;
}
