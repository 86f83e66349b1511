import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeastBusy } from '../../../runtime/core/routing/least-busy.ts';

const members = fc.array(fc.record({ inFlight: fc.nat({ max: 3 }) }), {
  minLength: 1,
  maxLength: 8,
});

test('no member is chosen if there is none', () => {
  expect(new LeastBusy(Math.random).choose([])).toBeUndefined();
});

test('the member with the fewest requests in flight is chosen', () => {
  fc.assert(
    fc.property(members, (all) => {
      const least = Math.min(...all.map(({ inFlight }) => inFlight));
      expect(new LeastBusy(Math.random).choose(all)?.inFlight).toBe(least);
    }),
  );
});

test('members that are equally busy take turns', () => {
  const choice = new LeastBusy(Math.random);
  const idle = ['a', 'b', 'c'].map((id) => ({ id, inFlight: 0 }));
  const chosen = Array.from({ length: 9 }, () => choice.choose(idle)?.id);
  expect(chosen.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c']);
  expect(new Set(chosen.slice(0, 3)).size).toBe(3);
});

test('chance decides which member gets the request at a place in a sequence', () => {
  const choice = new LeastBusy(Math.random);
  const idle = ['a', 'b', 'c', 'd'].map((id) => ({ id, inFlight: 0 }));
  const firsts = new Set<string | undefined>();
  // One of 4^99 runs would begin every sequence at one member.
  for (let sequence = 0; sequence < 100; sequence += 1) {
    firsts.add(idle.map(() => choice.choose(idle)?.id)[0]);
  }
  expect(firsts.size).toBeGreaterThan(1);
});

test('the turn goes on when members come and go', () => {
  fc.assert(
    fc.property(fc.array(members, { maxLength: 20 }), (changes) => {
      const choice = new LeastBusy(Math.random);
      for (const all of changes) expect(all).toContain(choice.choose(all));
    }),
  );
});
