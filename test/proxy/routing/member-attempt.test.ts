import { expect, test } from 'vitest';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts, type TrafficStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import type { MemberAttempt } from '../../../runtime/proxy/routing/member-attempt.ts';
import type { Router } from '../../../runtime/proxy/routing/router.ts';
import { member } from '../../support/release-document.ts';
import {
  attemptOf,
  clients,
  end,
  endAfter,
  memberOf,
  route,
  routing,
  strataOf,
  tester,
  threeAndOne,
} from './routed-requests.ts';

test.each([
  { outcome: 'answered', requests: 1, failures: 0, rejections: 0, abandoned: 0 },
  { outcome: 'upgraded', requests: 1, failures: 0, rejections: 0, abandoned: 0 },
  { outcome: 'rejected', requests: 1, failures: 0, rejections: 1, abandoned: 0 },
  { outcome: 'error', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'called-failure', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'rejected-failure', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'connect', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'reset', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'timeout', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'malformed', requests: 1, failures: 1, rejections: 0, abandoned: 0 },
  { outcome: 'stale', requests: 0, failures: 0, rejections: 0, abandoned: 0 },
  { outcome: 'abandoned', requests: 0, failures: 0, rejections: 0, abandoned: 1 },
  { outcome: 'client-gone', requests: 0, failures: 0, rejections: 0, abandoned: 0 },
] as const)(
  'an attempt that ends as $outcome counts $requests requests, $failures failures, $rejections rejections and $abandoned abandoned',
  ({ outcome, requests, failures, rejections, abandoned }) => {
    const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
    const attempt = attemptOf(route(router));
    end(attempt, outcome);
    expect(attempt.member.stats.compared).toEqual({ requests, failures });
    const { canary = noCounts, stable = noCounts } = strataOf(traffic)[0] ?? {};
    const { requests: ofStable } = stable;
    expect(canary).toMatchObject({ requests, failures, rejections });
    expect([sumOf(canary.abandoned), sumOf(canary.latency)]).toEqual([abandoned, requests]);
    expect(ofStable).toBe(0);
  },
);

test.each([400, 401, 403, 404, 408, 429, 451, 499])('a %d of a member is a rejection', (status) => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
  const attempt = attemptOf(route(router));
  attempt.done({ kind: 'answered', status, calledFailure: false, durationMs: 1 });
  expect(strataOf(traffic)).toMatchObject([{ canary: { requests: 1, rejections: 1 } }]);
});

test('an abandoned attempt counts in the bin of its wait, under the split that routed it', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, rolloutId: 'old', weight: 100 });
  const attempt = attemptOf(route(router));
  pool.apply({ ...threeAndOne, rolloutId: 'new', weight: 50, generation: 2 });
  endAfter(attempt, 'abandoned', 2_500);
  const [stratum, ...others] = strataOf(traffic);
  expect([stratum?.weight, stratum?.rolloutId, others]).toEqual([100, 'old', []]);
  expect(stratum?.canary.abandoned).toEqual(new Map([[latencyBin(2_500), 1]]));
});

test('retries and testers say nothing of a member beside the others', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  const retry = attemptOf(first.retry());
  end(retry, 'error');
  end(attemptOf(route(router, tester('canary'))), 'error');
  expect(first.member.stats.compared).toEqual({ requests: 1, failures: 1 });
  expect(retry.member).not.toBe(first.member);
  expect(retry.member.stats.compared).toEqual({ requests: 0, failures: 0 });
});

test('an attempt that its client abandons ejects nobody', () => {
  const { router, pool } = routing({ ...threeAndOne, weight: 100 });
  for (let count = 0; count < 20; count += 1) end(attemptOf(route(router)), 'abandoned');
  expect(pool.plan?.effectiveWeight).toBe(100);
});

test('an answer that the application calls a failure ejects nobody', () => {
  const { router, pool } = routing({ ...threeAndOne, weight: 100 });
  for (let count = 0; count < 20; count += 1) end(attemptOf(route(router)), 'called-failure');
  expect(pool.plan?.effectiveWeight).toBe(100);
});

test('a retry of a stale connection counts in the place of the first attempt', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'stale');
  end(attemptOf(first.retry()), 'reset');
  expect(strataOf(traffic)).toMatchObject([{ weight: 0, stable: { requests: 1, failures: 1 } }]);
});

test('a canary that breaks the new connection too has failed, and its retry is excluded', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
  const first = attemptOf(route(router));
  end(first, 'stale');
  const second = attemptOf(first.retry());
  end(second, 'reset');
  end(attemptOf(second.retry()), 'answered');
  expect(strataOf(traffic)).toMatchObject([
    { weight: 100, canary: { requests: 1, failures: 1 }, stable: { requests: 0 } },
    { weight: excluded, canary: { requests: 0 }, stable: { requests: 1 } },
  ]);
});

test('after a stale connection to a canary that is no longer active, its retry is excluded', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, weight: 100 });
  const first = attemptOf(route(router));
  const members = threeAndOne.members.filter(({ track }) => track === 'stable');
  pool.apply({ ...threeAndOne, members, weight: 0, generation: 2 });
  end(first, 'stale');
  end(attemptOf(first.retry()), 'answered');
  expect(strataOf(traffic)).toMatchObject([{ weight: excluded, stable: { requests: 1 } }]);
});

test('a failure counts for the track of its member even if a retry succeeds', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  end(attemptOf(first.retry()), 'answered');
  expect(strataOf(traffic)).toMatchObject([
    { weight: 100, canary: { requests: 1, failures: 1 }, stable: { requests: 0 } },
    { weight: excluded, canary: { requests: 0 }, stable: { requests: 1, failures: 0 } },
  ]);
});

test('a request counts at the weight at which it was routed, even if it ends later', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, weight: 5 });
  const early = attemptOf(route(router));
  pool.apply({ ...threeAndOne, weight: 50, generation: 2 });
  end(attemptOf(route(router)), 'answered');
  end(early, 'answered');
  expect(strataOf(traffic).map(({ weight }) => weight)).toEqual([50, 5]);
});

test('an attempt of the previous rollout counts for the previous rollout', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, rolloutId: 'old', weight: 50 });
  const before = bothTracks(router);
  pool.apply({ ...threeAndOne, rolloutId: 'new', weight: 50, generation: 2 });
  for (const attempt of before) end(attempt, 'error');
  for (const attempt of bothTracks(router)) end(attempt, 'answered');
  expect(strataOf(traffic)).toMatchObject([
    { rolloutId: 'old', stable: { failures: 1 }, canary: { failures: 1 } },
    { rolloutId: 'new', stable: { requests: 1 }, canary: { requests: 1, failures: 0 } },
  ]);
});

test('failures of an ejected canary do not count for the next one of its rollout', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, weight: 50 });
  const [stable, canary] = bothTracks(router);
  const members = [member('stable-1', 20_001), member('canary-2', 20_005)];
  pool.apply({ ...threeAndOne, weight: 50, members, generation: 2 });
  end(canary, 'reset');
  end(stable, 'reset');
  expect(strataOf(traffic)).toMatchObject([
    { weight: excluded, canary: { requests: 1, failures: 1 }, stable: { requests: 0 } },
    { weight: 50, canary: { requests: 0 }, stable: { requests: 1, failures: 1 } },
  ]);
});

test('a client with affinity counts at the weight too', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 50, affinity: 'cookie' });
  for (const cookie of clients) memberOf(route(router, { cookie }));
  const [{ weight, stable, canary }, ...others] = strataOf(traffic) as [TrafficStratum];
  expect([weight, stable.requests + canary.requests, others]).toEqual([50, clients.length, []]);
});

test('the share of an unavailable canary goes to stable and counts at weight 0', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
  for (let count = 0; count < 5; count += 1) end(attemptOf(route(router)), 'connect');
  end(attemptOf(route(router)), 'answered');
  expect(strataOf(traffic)).toMatchObject([
    { weight: 100, canary: { requests: 5, failures: 5 }, stable: { requests: 0 } },
    { weight: 0, canary: { requests: 0 }, stable: { requests: 1, failures: 0 } },
  ]);
});

test('a release without stable members counts at weight 100', () => {
  const { router, traffic } = routing({
    ...threeAndOne,
    weight: 25,
    members: [member('canary-1', 20_001)],
  });
  end(attemptOf(route(router)), 'answered');
  expect(strataOf(traffic)).toMatchObject([{ weight: 100, canary: { requests: 1 } }]);
});

test('a request with an override is excluded from the split', () => {
  const { router, traffic } = routing({ ...threeAndOne, weight: 25 });
  memberOf(route(router, tester('canary')));
  memberOf(route(router, tester('stable')));
  expect(strataOf(traffic)).toMatchObject([
    { weight: excluded, canary: { requests: 1 }, stable: { requests: 1 } },
  ]);
});

test('a member that does not answer is reported as faulty', () => {
  const { router, doubted } = routing({ ...threeAndOne, weight: 100 });
  end(attemptOf(route(router)), 'error');
  expect(doubted).toEqual([]);
  end(attemptOf(route(router)), 'connect');
  expect(doubted).toEqual(['canary-1']);
});

test('an attempt is in flight until it is closed', () => {
  const { router, pool } = routing({ ...threeAndOne, weight: 100 });
  const attempt = attemptOf(route(router));
  expect(pool.registry.inFlight()).toMatchObject({ 'canary-1': 1 });
  attempt.done({ kind: 'answered', status: 101, calledFailure: false, durationMs: 1 });
  expect(pool.registry.inFlight()).toMatchObject({ 'canary-1': 1 });
  attempt.closed();
  expect(pool.registry.inFlight()).toMatchObject({ 'canary-1': 0 });
});

/** One attempt on each track, whatever order the split draws; the others end by the client. */
function bothTracks(router: Router): readonly [stable: MemberAttempt, canary: MemberAttempt] {
  const attempts = Array.from({ length: 100 }, () => attemptOf(route(router)));
  const stable = attempts.find((attempt) => attempt.member.track === 'stable');
  const canary = attempts.find((attempt) => attempt.member.track === 'canary');
  if (stable === undefined || canary === undefined) throw new Error('a track got no request');
  for (const attempt of attempts) {
    if (attempt !== stable && attempt !== canary) end(attempt, 'client-gone');
  }
  return [stable, canary];
}

function sumOf(bins: ReadonlyMap<number, number>): number {
  return [...bins.values()].reduce((sum, count) => sum + count, 0);
}
