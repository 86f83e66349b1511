import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { newClientId } from '../../../runtime/proxy/clients/affinity-cookie.ts';
import { CookieKeys } from '../../../runtime/proxy/clients/cookie-keys.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';
import {
  answer,
  attemptOf,
  clients,
  cookieOf,
  end,
  fieldsOf,
  memberOf,
  route,
  routing,
  tester,
  threeAndOne,
  trackOf,
} from './routed-requests.ts';

test('the canary gets its exact share of each 10,000 requests', () => {
  const share = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(share, (hundredths) => {
      const { router } = routing({ ...threeAndOne, weight: hundredths / 100 });
      const tracks = Array.from({ length: 10_000 }, () => answer(router));
      expect(tracks.filter((track) => track === 'canary')).toHaveLength(hundredths);
    }),
    { numRuns: 20 },
  );
});

test('two routers draw different orders', () => {
  const [one, other] = [routing(threeAndOne), routing(threeAndOne)].map(({ router }) =>
    Array.from({ length: 100 }, () => answer(router)),
  );
  expect(one).not.toEqual(other);
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
  for (const first of [0, 3, 6]) expect(new Set(ids.slice(first, first + 3)).size).toBe(3);
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
  expect(fieldsOf(route(router))).toEqual([]);
});

const sticky: ReleaseDocument = { ...threeAndOne, affinity: 'cookie' };

test('a client without an id gets one, which routes its first request too', () => {
  const { router } = routing({ ...sticky, weight: 50 });
  for (let client = 0; client < 200; client += 1) {
    const attempt = attemptOf(route(router));
    const [name, value = ''] = fieldsOf(attempt);
    const cookie = value.split(';', 1)[0] ?? '';
    expect(name).toBe('Set-Cookie');
    expect(trackOf(router, { cookie })).toBe(attempt.member.track);
  }
});

test('a client with an id gets no new one', () => {
  const { router } = routing(sticky);
  const [cookie = ''] = clients;
  expect(fieldsOf(route(router, { cookie }))).toEqual([]);
});

test.each([
  'perch-client=11111111-2222-4333-8444-555555555555',
  `perch-client=${newClientId()}.other0.${'A'.repeat(22)}`,
  cookieOf(newClientId()).replace('other0', 'other7'),
  cookieOf(newClientId()).replace('=', '=A').slice(0, -1),
])('an id without a valid signature is replaced by a new one: %s', (cookie) => {
  const { router } = routing({ ...sticky, weight: 50 });
  const given = Array.from({ length: 50 }, () => attemptOf(route(router, { cookie })));
  const ids = given.map((attempt) => idIn(fieldsOf(attempt)[1]));
  expect(new Set(ids).size).toBe(50);
  expect(ids).not.toContain(idIn(cookie));
  expect(new Set(given.map(({ member }) => member.track)).size).toBe(2);
});

test('requests are split one by one, without a cookie, until there is a key', () => {
  const none = new CookieKeys();
  const { router } = routing({ ...sticky, weight: 25 }, { signing: none });
  const [cookie = ''] = clients;
  const attempts = Array.from({ length: 100 }, () => attemptOf(route(router, { cookie })));
  expect(attempts.filter(({ member }) => member.track === 'canary')).toHaveLength(25);
  expect(attempts.flatMap((attempt) => fieldsOf(attempt, 500))).toEqual([]);
  none.learn(newCookieKey());
  expect(fieldsOf(route(router))).toContain('Set-Cookie');
});

test('the cookie is Secure only for a client that uses https', () => {
  const { router } = routing(sticky);
  expect(fieldsOf(route(router))[1]).not.toContain('Secure');
  expect(fieldsOf(route(router, {}, true))[1]).toContain('Secure');
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

function idIn(cookie = ''): string {
  return /perch-client=([^.;]+)/.exec(cookie)?.[1] ?? '';
}
