import { expect, test } from 'vitest';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import type { TrafficStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import { member } from '../../support/release-document.ts';
import {
  attemptOf,
  clients,
  end,
  memberOf,
  route,
  routing,
  strataOf,
  tester,
  threeAndOne,
} from './routed-requests.ts';

test.each([
  { outcome: 'answered' as const, requests: 1, failures: 0 },
  { outcome: 'error' as const, requests: 1, failures: 1 },
  { outcome: 'connect' as const, requests: 1, failures: 1 },
  { outcome: 'reset' as const, requests: 1, failures: 1 },
  { outcome: 'stale' as const, requests: 0, failures: 0 },
  { outcome: 'client-gone' as const, requests: 0, failures: 0 },
])(
  'an attempt that ends as $outcome counts $requests requests and $failures failures',
  ({ outcome, requests, failures }) => {
    const { router, traffic } = routing({ ...threeAndOne, weight: 100 });
    end(attemptOf(route(router)), outcome);
    const stratum = strataOf(traffic)[0];
    expect(stratum?.canary.requests ?? 0).toBe(requests);
    expect(stratum?.canary.failures ?? 0).toBe(failures);
    expect(stratum?.stable.requests ?? 0).toBe(0);
  },
);

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

test('failures of an ejected canary do not count for the next one', () => {
  const { router, pool, traffic } = routing({ ...threeAndOne, weight: 50 });
  const [stable, canary] = [attemptOf(route(router)), attemptOf(route(router))].sort((a, b) =>
    b.member.track.localeCompare(a.member.track),
  );
  const members = [member('stable-1', 20_001), member('canary-2', 20_005)];
  pool.apply({ ...threeAndOne, weight: 50, members, generation: 2 });
  if (canary !== undefined) end(canary, 'reset');
  if (stable !== undefined) end(stable, 'reset');
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
  attempt.done({ kind: 'answered', status: 101, durationMs: 1 });
  expect(pool.registry.inFlight()).toMatchObject({ 'canary-1': 1 });
  attempt.closed();
  expect(pool.registry.inFlight()).toMatchObject({ 'canary-1': 0 });
});
