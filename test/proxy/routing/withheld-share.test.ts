import { expect, test } from 'vitest';
import { member, releaseDocument } from '../../support/release-document.ts';
import {
  answer,
  clients,
  routing,
  strataOf,
  threeAndOne,
  tester,
  trackOf,
} from './routed-requests.ts';

const requests = Array.from({ length: 100 });

test('stable gets the share of a canary whose share is withheld, and its requests count under weight 0', () => {
  const { router, pool, traffic } = routing(threeAndOne);
  pool.withhold(true);
  expect(new Set(requests.map(() => answer(router)))).toEqual(new Set(['stable']));
  expect(pool.plan).toMatchObject({ weight: 25, effectiveWeight: 0 });
  expect(strataOf(traffic)).toMatchObject([{ weight: 0, stable: { requests: 100 } }]);
});

test('a sticky client of a canary whose share is withheld goes to stable', () => {
  const { router, pool } = routing({ ...threeAndOne, affinity: 'cookie' });
  pool.withhold(true);
  expect(new Set(clients.map((cookie) => trackOf(router, { cookie })))).toEqual(
    new Set(['stable']),
  );
});

test('a tester still reaches a canary whose share is withheld', () => {
  const { router, pool } = routing(threeAndOne);
  pool.withhold(true);
  expect(trackOf(router, tester('canary'))).toBe('canary');
});

test('the canary has its share again once it is no longer withheld', () => {
  const { router, pool } = routing(threeAndOne);
  pool.withhold(true);
  pool.withhold(false);
  expect(requests.filter(() => answer(router) === 'canary')).toHaveLength(25);
});

test('a share stays withheld when a new document arrives', () => {
  const { router, pool } = routing(threeAndOne);
  pool.withhold(true);
  pool.apply({ ...threeAndOne, generation: 2, weight: 50 });
  expect(answer(router)).toBe('stable');
});

test.each([
  {
    why: 'there is no stable member',
    document: releaseDocument({ weight: 100, members: [member('canary-1', 20_004)] }),
    unhealthy: [],
  },
  {
    why: 'no stable member is healthy',
    document: { ...threeAndOne, weight: 100 },
    unhealthy: ['stable-1', 'stable-2', 'stable-3'],
  },
])('a canary whose share is withheld keeps serving if $why', ({ document, unhealthy }) => {
  const { router, pool } = routing(document);
  for (const one of pool.active.filter(({ id }) => unhealthy.includes(id))) {
    for (let probe = 0; probe < 2; probe += 1) pool.probed(one, false);
  }
  pool.withhold(true);
  expect(answer(router)).toBe('canary');
});
