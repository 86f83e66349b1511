import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import { TrafficCounter, type TrafficBatch } from '../../../runtime/proxy/redis/traffic-counter.ts';

test('the counter has no batches before the first request', () => {
  expect(counterAt(0).counter.batches()).toEqual([]);
});

test('the counter separates requests by the weight of their split', () => {
  const { counter } = counterAt(0);
  counter.count({ weight: 10 }, 'canary', 'served', 1);
  counter.count({ weight: 25 }, 'canary', 'served', 1);
  counter.count({ weight: excluded }, 'canary', 'failed', 1);
  counter.count({ weight: 25 }, 'stable', 'failed', 1);
  expect(counter.batches()[0]?.strata).toMatchObject([
    { weight: 10, stable: { requests: 0 }, canary: { requests: 1, failures: 0 } },
    { weight: 25, stable: { requests: 1, failures: 1 }, canary: { requests: 1, failures: 0 } },
    { weight: excluded, stable: { requests: 0 }, canary: { requests: 1, failures: 1 } },
  ]);
});

test('the counter counts requests, failures and latency per track', () => {
  const { counter } = counterAt(0);
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  counter.count({ weight: 10 }, 'stable', 'failed', 1);
  counter.count({ weight: 10 }, 'canary', 'served', 1_000);
  const counts = counter.batches()[0]?.strata[0];
  expect(counts?.stable).toMatchObject({ requests: 2, failures: 1 });
  expect(counts?.canary).toMatchObject({ requests: 1, failures: 0 });
  expect([...(counts?.stable.latency.values() ?? [])]).toEqual([2]);
  expect([...(counts?.canary.latency.values() ?? [])]).toEqual([1]);
});

test('a request counts in the 10 s bucket of its end', () => {
  const { counter, clock } = counterAt(1_699_999_999_999);
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  clock.now += 1;
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  expect(counter.batches().map(({ bucketStartMs }) => bucketStartMs)).toEqual([
    1_699_999_990_000, 1_700_000_000_000,
  ]);
});

test('the counter returns the same batch until it is delivered, and newer counts in the next one', () => {
  const { counter } = counterAt(0);
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  const [first] = counter.batches();
  counter.count({ weight: 10 }, 'stable', 'failed', 1);
  expect(counter.batches()).toEqual([first]);
  expect(first?.strata[0]?.stable).toMatchObject({ requests: 1, failures: 0 });
  if (first !== undefined) counter.delivered(first);
  const [second] = counter.batches();
  expect(second?.strata[0]?.stable).toMatchObject({ requests: 1, failures: 1 });
  expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.POSITIVE_INFINITY);
});

test('batch numbers increase even if the clock goes back', () => {
  const { counter, clock } = counterAt(0);
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  deliverAll(counter);
  clock.now = 60_000;
  counter.batches();
  clock.now = 5_000;
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  expect(counter.batches()).toMatchObject([{ bucketStartMs: 0, sequence: 2 }]);
});

test('counts that are not delivered within the lifetime of their bucket are dropped and reported', () => {
  const { counter, clock } = counterAt(0);
  counter.count({ weight: 10 }, 'stable', 'served', 1);
  counter.batches();
  counter.count({ weight: 10 }, 'canary', 'served', 1);
  clock.now = 7_200_000;
  counter.batches();
  expect(counter.dropped).toBe(2);
  expect(counter.batches()).toEqual([]);
});

test('no request is lost or counted twice, whichever replies are lost', () => {
  const weight = fc.constantFrom(0, 10, excluded);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('count' as const), weight, failed: fc.boolean() }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 15_000 }) }),
    fc.record({
      kind: fc.constant('flush' as const),
      fate: fc.constantFrom('answered' as const, 'answer-lost' as const, 'request-lost' as const),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { counter, clock } = counterAt(0);
      const store = new Ledger();
      let counted = 0;
      for (const one of [...steps, { kind: 'flush', fate: 'answered' } as const]) {
        if (one.kind === 'wait') clock.now += one.ms;
        if (one.kind === 'count') {
          counter.count({ weight: one.weight }, 'canary', one.failed ? 'failed' : 'served', 1);
          counted += 1;
        }
        if (one.kind !== 'flush') continue;
        for (const batch of counter.batches()) {
          if (one.fate !== 'request-lost') store.add(batch);
          if (one.fate === 'answered') counter.delivered(batch);
        }
      }
      deliverAll(counter, store);
      expect(store.requests).toBe(counted);
    }),
  );
});

/** Applies each bucket's batches once and in order, as the store does. */
class Ledger {
  requests = 0;
  readonly #applied = new Map<number, number>();

  add({ bucketStartMs, sequence, strata }: TrafficBatch): void {
    if ((this.#applied.get(bucketStartMs) ?? 0) >= sequence) return;
    this.#applied.set(bucketStartMs, sequence);
    for (const { canary, stable } of strata) this.requests += canary.requests + stable.requests;
  }
}

function deliverAll(counter: TrafficCounter, store?: Ledger): void {
  for (const batch of counter.batches()) {
    store?.add(batch);
    counter.delivered(batch);
  }
}

function counterAt(now: number) {
  const clock = { now };
  return { clock, counter: new TrafficCounter(() => clock.now) };
}
