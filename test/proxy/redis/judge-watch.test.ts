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

function watching() {
  const clock = { now: 0 };
  const changes: [number, boolean][] = [];
  const watch = new JudgeWatch({
    timeoutMs: 30_000,
    now: () => clock.now,
    onChange: (missing) => changes.push([clock.now, missing]),
  });
  return { watch, clock, changes };
}
