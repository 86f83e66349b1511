import { expect, test } from 'vitest';
import { JudgeWatch } from '../../../runtime/proxy/redis/judge-watch.ts';

const onTrial = { weight: 25 };

test('the watch reports once that a canary has had no judge for the timeout', () => {
  const { watch, clock, changes } = watching();
  for (clock.now = 0; clock.now <= 60_000; clock.now += 1_000) watch.update(false, onTrial);
  expect(changes).toEqual([[30_000, true]]);
  expect(watch.missing).toBe(true);
});

test('the watch reports that there is a judge again', () => {
  const { watch, clock, changes } = watching();
  watch.update(false, onTrial);
  clock.now = 30_000;
  watch.update(false, onTrial);
  watch.update(true, onTrial);
  expect(changes.map(([, missing]) => missing)).toEqual([true, false]);
  expect(watch.missing).toBe(false);
});

test('the watch waits until a judge has worked for long enough', () => {
  const { watch, clock, changes } = watching(2_000);
  const update = (now: number, judged: boolean) => {
    clock.now = now;
    watch.update(judged, onTrial);
  };
  update(0, false);
  update(30_000, false);
  update(31_000, true);
  update(32_000, false);
  update(33_000, true);
  update(34_999, true);
  expect(changes).toEqual([[30_000, true]]);
  update(35_000, true);
  expect(changes).toEqual([
    [30_000, true],
    [35_000, false],
  ]);
});

test('a watch that misses a judge no longer does once the canary has no share', () => {
  const { watch, clock } = watching(2_000);
  watch.update(false, onTrial);
  clock.now = 30_000;
  watch.update(false, onTrial);
  watch.update(false, { weight: 0 });
  expect(watch.missing).toBe(false);
});

test('the watch restarts its timeout after each judged reading', () => {
  const { watch, clock, changes } = watching();
  watch.update(false, onTrial);
  clock.now = 29_999;
  watch.update(true, onTrial);
  clock.now = 30_000;
  watch.update(false, onTrial);
  clock.now = 59_999;
  watch.update(false, onTrial);
  expect(changes).toEqual([]);
});

test.each([
  { why: 'the canary has no share', document: { weight: 0 } },
  { why: 'there is no document', document: undefined },
])('the watch reports nothing while $why', ({ document }) => {
  const { watch, clock, changes } = watching();
  watch.update(false, document);
  clock.now = 3_600_000;
  watch.update(false, document);
  expect(changes).toEqual([]);
});

function watching(presentForMs?: number) {
  const clock = { now: 0 };
  const changes: [number, boolean][] = [];
  const watch = new JudgeWatch({
    timeoutMs: 30_000,
    ...(presentForMs !== undefined && { presentForMs }),
    now: () => clock.now,
    onChange: (missing) => changes.push([clock.now, missing]),
  });
  return { watch, clock, changes };
}
