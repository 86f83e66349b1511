import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { TrafficStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import type { Outcome } from '../../../runtime/proxy/http/contract/handler.ts';
import type { RequestHead } from '../../../runtime/proxy/http/message/request-head.ts';
import { MemberAttempt } from '../../../runtime/proxy/routing/member-attempt.ts';
import { MemberPool } from '../../../runtime/proxy/routing/member-pool.ts';
import { Router } from '../../../runtime/proxy/routing/router.ts';
import { TrackOverride } from '../../../runtime/proxy/routing/track-override.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const token = 'correct-horse-battery';
const threeAndOne = releaseDocument({
  weight: 25,
  members: [
    member('stable-1', 20_001),
    member('stable-2', 20_002),
    member('stable-3', 20_003),
    member('canary-1', 20_004),
  ],
});

test('the canary gets its exact share of any 10,000 requests in a row', () => {
  const share = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(share, fc.nat(5_000), (hundredths, before) => {
      const { router } = routing({ ...threeAndOne, weight: hundredths / 100 });
      for (let count = 0; count < before; count += 1) answer(router);
      const tracks = Array.from({ length: 10_000 }, () => answer(router));
      expect(tracks.filter((track) => track === 'canary')).toHaveLength(hundredths);
    }),
    { numRuns: 20 },
  );
});

test('a new document does not restart the split', () => {
  const { router, pool } = routing({ ...threeAndOne, weight: 10 });
  let canaries = 0;
  for (let generation = 2; generation <= 1_001; generation += 1) {
    if (answer(router) === 'canary') canaries += 1;
    pool.apply({ ...threeAndOne, weight: 10, generation });
  }
  expect(canaries).toBe(100);
});

test('the members of a track take turns', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const ids = Array.from({ length: 9 }, () => memberOf(route(router)).id);
  expect(new Set(ids).size).toBe(3);
  expect(ids.slice(0, 3)).toEqual(ids.slice(3, 6));
});

test('equally busy members take turns, whatever the other track gets', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_000 }), (hundredths) => {
      const { router } = routing({ ...threeAndOne, weight: hundredths / 100 });
      const answers = new Map<string, number>();
      for (let request = 0; request < 1_000; request += 1) {
        const attempt = attemptOf(route(router));
        end(attempt, 'answered');
        answers.set(attempt.member.id, (answers.get(attempt.member.id) ?? 0) + 1);
      }
      const stable = ['stable-1', 'stable-2', 'stable-3'].map((id) => answers.get(id) ?? 0);
      expect(Math.max(...stable) - Math.min(...stable)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

test('the member with the fewest requests in flight gets the next one', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  const second = attemptOf(route(router));
  const third = attemptOf(route(router));
  end(second, 'answered');
  expect(attemptOf(route(router)).member.id).toBe(second.member.id);
  expect(new Set([first, second, third].map((one) => one.member.id)).size).toBe(3);
});

test('the router sets no cookie without affinity', () => {
  const { router } = routing(threeAndOne);
  expect(attemptOf(route(router)).responseFields).toEqual([]);
});

const sticky: ReleaseDocument = { ...threeAndOne, affinity: 'cookie' };

test('a client without an id gets one, which routes its first request too', () => {
  const { router } = routing({ ...sticky, weight: 50 });
  for (let client = 0; client < 200; client += 1) {
    const attempt = attemptOf(route(router));
    const [name, value = ''] = attempt.responseFields;
    const cookie = value.split(';', 1)[0] ?? '';
    expect(name).toBe('Set-Cookie');
    expect(trackOf(router, { cookie })).toBe(attempt.member.track);
  }
});

test('a client with an id gets no new one', () => {
  const { router } = routing(sticky);
  const attempt = attemptOf(route(router, { cookie: 'perch-client=a1' }));
  expect(attempt.responseFields).toEqual([]);
});

test('the cookie is Secure only for a client that uses https', () => {
  const { router } = routing(sticky);
  expect(attemptOf(route(router)).responseFields[1]).not.toContain('Secure');
  expect(attemptOf(route(router, {}, true)).responseFields[1]).toContain('Secure');
});

test('a client keeps its track while the weight stays', () => {
  const { router, pool } = routing(sticky);
  const before = clients.map((cookie) => trackOf(router, { cookie }));
  pool.apply({ ...sticky, generation: 2 });
  expect(clients.map((cookie) => trackOf(router, { cookie }))).toEqual(before);
});

test('raising the weight only adds clients to the canary', () => {
  const { router, pool } = routing({ ...sticky, weight: 0 });
  let canaries = new Set<string>();
  for (const weight of [0, 1, 5, 25, 50, 99.99, 100]) {
    pool.apply({ ...sticky, weight });
    const now = new Set(clients.filter((cookie) => trackOf(router, { cookie }) === 'canary'));
    expect([...canaries].filter((client) => !now.has(client))).toEqual([]);
    canaries = now;
  }
  expect(canaries.size).toBe(clients.length);
});

test('another rollout selects other clients for the canary', () => {
  const { router, pool } = routing({ ...sticky, rolloutId: 'first', weight: 10 });
  const first = clients.filter((cookie) => trackOf(router, { cookie }) === 'canary');
  pool.apply({ ...sticky, rolloutId: 'second', weight: 10 });
  const second = new Set(clients.filter((cookie) => trackOf(router, { cookie }) === 'canary'));
  const both = first.filter((client) => second.has(client)).length;
  expect(both).toBeLessThan(first.length / 2);
});

test('an override reaches the canary at weight 0', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  expect(trackOf(router, tester('canary'))).toBe('canary');
});

test('an override reaches stable at weight 100', () => {
  const { router } = routing({ ...threeAndOne, weight: 100 });
  expect(trackOf(router, tester('stable'))).toBe('stable');
});

test('an override does not change the split of other clients', () => {
  const { router } = routing(threeAndOne);
  const tracks: Track[] = [];
  for (let count = 0; count < 100; count += 1) {
    tracks.push(answer(router));
    end(attemptOf(route(router, tester('canary'))), 'answered');
  }
  expect(tracks.filter((track) => track === 'canary')).toHaveLength(25);
});

test('a request with a wrong token is routed by the split', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const wrong = { ...tester('canary'), 'x-perch-token': 'wrong' };
  expect(trackOf(router, wrong)).toBe('stable');
});

test('an override to a missing canary gets no route instead of stable', () => {
  const stableOnly = threeAndOne.members.filter(({ track }) => track === 'stable');
  const { router } = routing({ ...threeAndOne, weight: 0, members: stableOnly });
  expect(route(router, tester('canary'))).toEqual({ retryAfterSeconds: 1 });
});

test('a request gets no route before the first document', () => {
  const { router } = routing(undefined);
  expect(route(router)).toEqual({ retryAfterSeconds: 1 });
});

test('a request gets no route if the document has no members', () => {
  const { router } = routing(releaseDocument());
  expect(route(router)).toEqual({ retryAfterSeconds: 1 });
});

test('a retry goes to another member of the track', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'connect');
  const second = attemptOf(first.retry());
  expect(second.member.track).toBe('stable');
  expect(second.member.id).not.toBe(first.member.id);
});

test('a request is retried once', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'connect');
  const second = attemptOf(first.retry());
  end(second, 'connect');
  expect(second.retry()).toBeUndefined();
});

test('a retry sets the cookie of the first attempt', () => {
  const { router } = routing({ ...threeAndOne, affinity: 'cookie', weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(attemptOf(first.retry()).responseFields).toEqual(first.responseFields);
});

test('a retry of the only canary goes to stable', () => {
  const { router } = routing({ ...threeAndOne, weight: 100 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(first.member.track).toBe('canary');
  expect(attemptOf(first.retry()).member.track).toBe('stable');
});

test('a retry of stable never goes to the canary', () => {
  const { router } = routing({
    ...threeAndOne,
    weight: 1,
    members: [member('stable-1', 20_001), member('canary-1', 20_004)],
  });
  const first = attemptOf(route(router));
  end(first, 'connect');
  expect(first.member.track).toBe('stable');
  expect(first.retry()).toBeUndefined();
});

test('a retry goes to the same member if there is no other and the connection merely broke', () => {
  const { router } = routing(releaseDocument({ members: [member('stable-1', 20_001)] }));
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(attemptOf(first.retry()).member.id).toBe('stable-1');
});

test.each(['reset', 'stale'] as const)(
  'a retry after a %s connection goes to another member if there is one',
  (fault) => {
    const { router } = routing({ ...threeAndOne, weight: 0 });
    const first = attemptOf(route(router));
    end(first, fault);
    expect(attemptOf(first.retry()).member.id).not.toBe(first.member.id);
  },
);

test('a retry of an override to the canary does not go to stable', () => {
  const { router } = routing(threeAndOne);
  const first = attemptOf(route(router, { 'x-perch-track': 'canary', 'x-perch-token': token }));
  end(first, 'connect');
  expect(first.retry()).toBeUndefined();
});

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
  for (let count = 0; count < 5; count += 1) end(attemptOf(route(router)), 'error');
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

function tester(track: Track) {
  return { 'x-perch-track': track, 'x-perch-token': token };
}

const clients = Array.from({ length: 500 }, (_, index) => `perch-client=client-${index}`);

function routing(document: ReleaseDocument | undefined) {
  const pool = new MemberPool({ now: () => 0 });
  if (document !== undefined) pool.apply(document);
  const traffic = new TrafficCounter(() => 0);
  const doubted: string[] = [];
  const router = new Router({
    pool,
    traffic,
    override: new TrackOverride(token),
    onFault: ({ id }) => doubted.push(id),
  });
  return { router, pool, traffic, doubted };
}

function route(router: Router, fields: Record<string, string> = {}, https = false) {
  const head: Partial<RequestHead> = { https, field: (name) => fields[name] };
  return router.route(head as RequestHead);
}

function strataOf(traffic: TrafficCounter): readonly TrafficStratum[] {
  return traffic.batches()[0]?.strata ?? [];
}

function attemptOf(route: unknown): MemberAttempt {
  if (!(route instanceof MemberAttempt)) throw new Error('no attempt');
  return route;
}

function memberOf(route: unknown) {
  const attempt = attemptOf(route);
  end(attempt, 'answered');
  return attempt.member;
}

function trackOf(router: Router, fields: Record<string, string>): Track {
  return memberOf(route(router, fields)).track;
}

function answer(router: Router): Track {
  return memberOf(route(router)).track;
}

function end(attempt: MemberAttempt, how: keyof typeof outcomes): void {
  attempt.done(outcomes[how]);
  attempt.closed();
}

const outcomes = {
  answered: { kind: 'answered', status: 404, durationMs: 1 },
  error: { kind: 'answered', status: 500, durationMs: 1 },
  connect: { kind: 'upstream-fault', fault: 'connect', durationMs: 1 },
  reset: { kind: 'upstream-fault', fault: 'reset', durationMs: 1 },
  stale: { kind: 'upstream-fault', fault: 'stale', durationMs: 1 },
  'client-gone': { kind: 'client-gone', durationMs: 1 },
} as const satisfies Record<string, Outcome>;
