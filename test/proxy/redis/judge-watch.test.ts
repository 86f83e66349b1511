import { describe, expect, test } from 'vitest';
import { JudgeWatch } from '../../../runtime/proxy/redis/judge-watch.ts';

const onTrial = { weight: 25 };

describe('the judge watch', () => {
  test('reports a canary that nobody judged for the timeout, once', () => {
    const { watch, clock, told } = watching();
    for (clock.now = 0; clock.now <= 60_000; clock.now += 1_000) watch.update(false, onTrial);
    expect(told).toEqual([[30_000, true]]);
    expect(watch.missing).toBe(true);
  });

  test('reports that there is a judge again', () => {
    const { watch, clock, told } = watching();
    watch.update(false, onTrial);
    clock.now = 30_000;
    watch.update(false, onTrial);
    watch.update(true, onTrial);
    expect(told.map(([, missing]) => missing)).toEqual([true, false]);
    expect(watch.missing).toBe(false);
  });

  test('counts anew after each sight of a judge', () => {
    const { watch, clock, told } = watching();
    watch.update(false, onTrial);
    clock.now = 29_999;
    watch.update(true, onTrial);
    clock.now = 30_000;
    watch.update(false, onTrial);
    clock.now = 59_999;
    watch.update(false, onTrial);
    expect(told).toEqual([]);
  });

  test.each([
    { why: 'the canary has no share', document: { weight: 0 } },
    { why: 'there is no document', document: undefined },
  ])('does not mind the lack of one while $why', ({ document }) => {
    const { watch, clock, told } = watching();
    watch.update(false, document);
    clock.now = 3_600_000;
    watch.update(false, document);
    expect(told).toEqual([]);
  });
});

function watching() {
  const clock = { now: 0 };
  const told: [number, boolean][] = [];
  const watch = new JudgeWatch({
    timeoutMs: 30_000,
    now: () => clock.now,
    onChange: (missing) => told.push([clock.now, missing]),
  });
  return { watch, clock, told };
}
