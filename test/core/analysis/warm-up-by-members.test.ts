import { expect, test } from 'vitest';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts, type TrafficBucket } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  advanceTrial,
  defaultTrialSettings,
} from '../../../runtime/core/analysis/advance-trial.ts';
import { decideVerdict, defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import { member } from '../../support/release-document.ts';
import { trialDocument, trialOf } from '../../support/judge/trial.ts';

const slowFirst = defaultTrialSettings.warmUpRequests;
const canaries = [1, 2, 3].map((n) => member(`canary-${n}`, 20_003 + n, { version: '2' }));

/** Little traffic: four requests of the canary in each bucket, too few to leave a warm-up out. */
function buckets(slow: number): TrafficBucket[] {
  return Array.from({ length: 30 }, (_, index) => {
    const slowNow = Math.min(4, Math.max(0, slow - 4 * index));
    const latency = new Map([
      [latencyBin(10), 4 - slowNow],
      [latencyBin(800), slowNow],
    ]);
    const stable = { ...noCounts, requests: 36, latency: new Map([[latencyBin(10), 36]]) };
    const canary = { ...noCounts, requests: 4, latency };
    return { startMs: 100_000 + 10_000 * index, weight: 10, stable, canary };
  });
}

/** Verdicts of a trial, one at the end of each bucket. */
function verdicts(members: typeof canaries, slow: number) {
  const all = buckets(slow);
  return all.map((_, index) => {
    const { result } = advanceTrial({
      previous: trialOf({ slowAboveMs: 50 }),
      document: { ...trialDocument(), members },
      buckets: all.slice(0, index + 1),
      settings: defaultTrialSettings,
      nowMs: 110_000 + 10_000 * index,
    });
    if (result === undefined) throw new Error('the trial goes on');
    const settings = defaultVerdictSettings;
    return decideVerdict({ ...result, hardFailures: [], settings }).kind;
  });
}

test.each([1, 2, 3])(
  'a canary of %i members that are all slow at first is not harmful on little traffic',
  (count) => {
    const members = canaries.slice(0, count);
    expect(verdicts(members, count * slowFirst)).not.toContain('harmful');
  },
);

test('a canary of several members that stays slow is harmful', () => {
  expect(verdicts(canaries.slice(0, 2), Number.POSITIVE_INFINITY)).toContain('harmful');
});

test('what is slow is not defined by a few answers beside those of a warm-up', () => {
  const startMs = 90_000;
  const cold = new Map([[latencyBin(300), 200]]);
  const latency = new Map([[latencyBin(10), 3]]);
  const before = {
    startMs,
    weight: 0,
    stable: { ...noCounts, requests: 203, latency, cold },
    canary: noCounts,
  };
  const inputs = { previous: trialOf(), document: trialDocument(), buckets: [before] };
  const { trial } = advanceTrial({ ...inputs, settings: defaultTrialSettings, nowMs: 105_000 });
  expect(trial?.slowAboveMs).toBeNull();
});
