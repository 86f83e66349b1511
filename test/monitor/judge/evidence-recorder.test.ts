import { expect } from 'vitest';
import { decideVerdict, defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import { emptyStatistics } from '../../../runtime/core/analysis/trial-statistics.ts';
import { EvidenceRecorder } from '../../../runtime/monitor/judge/evidence-recorder.ts';
import { EvidenceHistoryStore } from '../../../runtime/store/judge/evidence-history-store.ts';
import { test } from '../../support/fixtures.ts';
import { testComparison } from '../../support/judge/verdict.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const { evidence: nothing } = decideVerdict({
  statistics: emptyStatistics,
  comparison: { ...testComparison, warmUpRequests: 20, slowAboveMs: undefined },
  hardFailures: [],
  settings: defaultVerdictSettings,
});

/** Evidence of failures, percent of the bound. */
function failures(percent: number) {
  const errors = nothing.harmfulFrom.errors ** (percent / 100);
  return { ...nothing, eValues: { ...nothing.eValues, errors } };
}

test('the recorder keeps the highest evidence of each period that is over, also that of an earlier leader', async ({
  redis,
}) => {
  const history = new EvidenceHistoryStore(redis, 'shop');
  let nowMs = 7_200_000;
  const leader = () => new EvidenceRecorder({ history, now: () => nowMs, logger });
  const first = leader();
  first.add(nowMs, failures(20));
  first.add(nowMs + 1_000, failures(60));
  first.add(nowMs + 2_000, failures(40));
  await first.record();
  expect(await history.read('buckets', 0, nowMs + 10_000)).toEqual([]);
  nowMs += 10_000;
  await first.record();
  const harm = { errors: 60, latency: null, rejections: 0 };
  const read = await history.read('buckets', nowMs - 10_000, nowMs);
  expect(read).toEqual([{ startMs: 7_200_000, harm, safety: 0 }]);
  const second = leader();
  second.add(nowMs, failures(30));
  nowMs += 10_000;
  await second.record();
  for (const name of ['minutes', 'hours'] as const) {
    expect((await history.read(name, 7_200_000, 7_200_001))[0]?.harm.errors).toBe(60);
  }
  expect(await history.read('buckets', nowMs - 10_000, nowMs)).toMatchObject([
    { harm: { errors: 30 } },
  ]);
});

test('the recorder repeats what Redis refused', async ({ redis }) => {
  const store = new EvidenceHistoryStore(redis, 'shop');
  let isAway = true;
  const history: Pick<EvidenceHistoryStore, 'read' | 'write'> = {
    read: (...args) => store.read(...args),
    write: async (...args) => {
      if (isAway) throw new Error('away');
      await store.write(...args);
    },
  };
  const recorder = new EvidenceRecorder({ history, now: () => 90_000, logger });
  recorder.add(60_000, failures(50));
  await recorder.record();
  isAway = false;
  await recorder.record();
  expect(await store.read('buckets', 0, 90_000)).toMatchObject([{ harm: { errors: 50 } }]);
});
