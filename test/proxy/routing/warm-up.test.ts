import { expect, test } from 'vitest';
import type { TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { attemptOf, end, endAfter, route, routing, threeAndOne } from './routed-requests.ts';

/** Router that sends everything to one canary, whose warm-up lasts 30 s, with a clock. */
function warming() {
  const clock = { now: 1_000 };
  const routed = routing(
    { ...threeAndOne, weight: 100 },
    { now: () => clock.now, warmUpMs: 30_000 },
  );
  const [canary] = routed.pool.plan?.split.canary ?? [];
  if (canary === undefined) throw new Error('there is no canary');
  return { ...routed, clock, canary };
}

function countsOf({ traffic }: ReturnType<typeof warming>) {
  const counts: TrackCounts | undefined = traffic.batches()[0]?.strata[0]?.canary;
  if (counts === undefined) throw new Error('nothing was counted');
  const sum = (bins: ReadonlyMap<number, number>) =>
    [...bins.values()].reduce((total, count) => total + count, 0);
  const { requests, failures, latency, cold, abandoned } = counts;
  return {
    requests,
    failures,
    timed: sum(latency),
    cold: sum(cold),
    abandoned: sum(abandoned),
  };
}

test('latencies in the first 30 s since the first request are counted apart', () => {
  const stage = warming();
  const { router, clock } = stage;
  clock.now += 500_000;
  end(attemptOf(route(router)), 'answered');
  clock.now += 29_999;
  end(attemptOf(route(router)), 'error');
  clock.now += 1;
  end(attemptOf(route(router)), 'answered');
  expect(countsOf(stage)).toMatchObject({ requests: 3, failures: 1, timed: 1, cold: 2 });
});

test('a slow request that begins in the warm-up and ends after it is counted apart', () => {
  const stage = warming();
  const attempt = attemptOf(route(stage.router));
  stage.clock.now += 31_000;
  endAfter(attempt, 'answered', 31_000);
  expect(countsOf(stage)).toMatchObject({ requests: 1, timed: 0, cold: 1 });
});

test('an abandoned attempt counts in the warm-up too', () => {
  const stage = warming();
  endAfter(attemptOf(route(stage.router)), 'abandoned', 5_000);
  expect(countsOf(stage)).toMatchObject({ requests: 0, abandoned: 1 });
});

test('a member that was unhealthy and is healthy again warms up anew, from its next request on', () => {
  const stage = warming();
  const { router, clock, pool, canary } = stage;
  end(attemptOf(route(router)), 'answered');
  clock.now += 60_000;
  for (const passed of [false, false, true, true]) pool.probed(canary, passed);
  clock.now += 60_000;
  end(attemptOf(route(router)), 'answered');
  clock.now += 30_000;
  end(attemptOf(route(router)), 'answered');
  expect(countsOf(stage)).toMatchObject({ requests: 3, timed: 1 });
});

test('a member whose health stays does not warm up anew', () => {
  const stage = warming();
  const { router, clock, pool, canary } = stage;
  end(attemptOf(route(router)), 'answered');
  clock.now += 60_000;
  for (const passed of [false, true, true]) pool.probed(canary, passed);
  end(attemptOf(route(router)), 'answered');
  expect(countsOf(stage)).toMatchObject({ requests: 2, timed: 1 });
});

test('each member warms up on its own', () => {
  const clock = { now: 0 };
  const options = { now: () => clock.now, warmUpMs: 30_000 };
  const { router, pool, traffic } = routing({ ...threeAndOne, weight: 0 }, options);
  for (let request = 0; request < 3; request += 1) end(attemptOf(route(router)), 'answered');
  clock.now += 60_000;
  const [first] = threeAndOne.members;
  if (first === undefined) throw new Error('there is no member');
  const added = { ...first, id: 'stable-9', url: 'http://127.0.0.1:20009' };
  pool.apply({
    ...threeAndOne,
    weight: 0,
    generation: 2,
    members: [...threeAndOne.members, added],
  });
  for (let request = 0; request < 4; request += 1) end(attemptOf(route(router)), 'answered');
  const timed = traffic.batches()[0]?.strata[0]?.stable.latency.values() ?? [];
  expect([...timed]).toEqual([3]);
});

test('a warm-up of 0 s is none', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 100 }, { warmUpMs: 0 });
  end(attemptOf(route(router)), 'answered');
  expect(traffic.batches()[0]?.strata[0]?.canary.latency.size).toBe(1);
});
