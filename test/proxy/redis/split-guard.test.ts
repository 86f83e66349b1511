import { expect, test } from 'vitest';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { LocalJudge } from '../../../runtime/proxy/redis/local-judge.ts';
import { LocalTraffic } from '../../../runtime/proxy/redis/local-traffic.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { SplitGuard, type JudgeReading } from '../../../runtime/proxy/redis/split-guard.ts';
import type { Withheld } from '../../../runtime/store/release/proxy-reports.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { threeAndOne } from '../routing/routed-requests.ts';

const onTrial: ReleaseDocument = { ...threeAndOne, rolloutId: 'rollout-1' };
const works: JudgeReading = { judged: true, counted: true };
const refused: JudgeReading = { judged: true, counted: false };
const gone: JudgeReading = { judged: false, counted: false };

test('a canary keeps its share for 60 s without a judge, and not a second longer', () => {
  const { guard, run } = guarding();
  run(60, gone);
  expect(guard.withheld).toBeUndefined();
  run(1, gone);
  expect(guard.withheld).toMatchObject({ reason: 'unjudged' });
});

test('a canary gets its share again once a judge has worked for 3 s, and each change is reported once', () => {
  const { guard, run, changes } = guarding();
  run(62, gone);
  run(3, works);
  expect(guard.withheld).toBeDefined();
  run(1, works);
  expect(guard.withheld).toBeUndefined();
  run(30, works);
  expect(changes.map((change) => change?.reason)).toEqual(['unjudged', undefined]);
});

test('a judge that comes and goes does not give the share back', () => {
  const { guard, run } = guarding();
  run(62, gone);
  for (let time = 0; time < 10; time += 1) {
    run(2, works);
    run(1, gone);
  }
  expect(guard.withheld).toMatchObject({ reason: 'unjudged' });
});

test.each([
  { why: 'no judge works', reading: gone },
  { why: 'its counts do not reach the judge', reading: refused },
])('a proxy ejects a harmful canary by its own counts while $why', ({ reading }) => {
  const { guard, run, fail } = guarding();
  fail();
  run(6, reading);
  expect(guard.withheld).toMatchObject({
    reason: 'harmful',
    evidence: expect.stringContaining('12 of 30 canary requests'),
  });
});

test('a proxy never ejects on its own while the judge works and gets its counts', () => {
  const { guard, run, fail } = guarding();
  fail();
  run(120, works);
  expect(guard.withheld).toBeUndefined();
});

test('one reading that failed starts no judgement of its own', () => {
  const { guard, run, fail } = guarding();
  fail();
  run(2, gone);
  run(10, works);
  expect(guard.withheld).toBeUndefined();
});

test('a canary that fails as stable does keeps its share', () => {
  const { guard, run, counter } = guarding();
  for (let request = 0; request < 400; request += 1) {
    const track = request % 4 === 0 ? 'canary' : 'stable';
    counter.count(split, track, request % 8 < 4 ? 'failed' : 'served', 5);
  }
  run(30, gone);
  expect(guard.withheld).toBeUndefined();
});

test('a proxy leaves a canary that it found harmful to the judge once that works again', () => {
  const { guard, run, fail } = guarding();
  fail();
  run(10, refused);
  run(3, works);
  expect(guard.withheld).toMatchObject({ reason: 'harmful' });
  run(1, works);
  expect(guard.withheld).toBeUndefined();
});

test('a new rollout ends what a proxy found of the last one', () => {
  const { guard, run, fail, apply } = guarding();
  fail();
  run(10, gone);
  apply({ ...onTrial, generation: 2, weight: 50 });
  expect(guard.withheld).toMatchObject({ reason: 'harmful' });
  apply({ ...onTrial, generation: 3, rolloutId: 'rollout-2' });
  expect(guard.withheld).toBeUndefined();
});

test('requests from before a canary was reinstated are not held against it', () => {
  const { guard, run, fail, apply, clock } = guarding();
  fail();
  run(1, works);
  apply({ ...onTrial, generation: 2, weight: 0, updatedAt: clock.now });
  run(1, works);
  apply({ ...onTrial, generation: 3, updatedAt: clock.now });
  run(30, gone);
  expect(guard.withheld).toBeUndefined();
});

test('without a limit a canary keeps its share, and the proxy does not judge', () => {
  const { guard, run, fail } = guarding(0);
  fail();
  run(120, gone);
  expect(guard.withheld).toBeUndefined();
});

test('counts are retained for little more than ten minutes', () => {
  const { counter, traffic, clock } = guarding();
  for (let second = 0; second < 3_600; second += 10) {
    counter.count(split, 'stable', 'served', 5);
    for (const batch of traffic.batches()) traffic.delivered(batch);
    clock.now += 10_000;
  }
  expect(traffic.buckets().length).toBeLessThanOrEqual(63);
});

const split = { weight: 25, rolloutId: 'rollout-1' };

function guarding(unjudgedAfterMs = 60_000) {
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const counter = new TrafficCounter(now);
  const traffic = new LocalTraffic(counter, now);
  const changes: (Withheld | undefined)[] = [];
  const guard = new SplitGuard({
    judge: new LocalJudge({ traffic, now }),
    unjudgedAfterMs,
    monotonicMs: now,
    now,
    onChange: (withheld) => changes.push(withheld),
    logger,
  });
  let document: ReleaseDocument = { ...onTrial, updatedAt: clock.now };
  guard.follow(document);
  /** Takes a reading each second. */
  const run = (seconds: number, reading: JudgeReading) => {
    for (let second = 0; second < seconds; second += 1) {
      guard.update(reading, document);
      clock.now += 1_000;
    }
  };
  const fail = () => {
    for (let request = 0; request < 120; request += 1) {
      const isCanary = request % 4 === 0;
      const failed = isCanary && request < 48;
      counter.count(split, isCanary ? 'canary' : 'stable', failed ? 'failed' : 'served', 5);
    }
  };
  const apply = (next: ReleaseDocument) => {
    document = next;
    guard.follow(next);
  };
  return { guard, run, changes, fail, counter, traffic, apply, clock };
}
