import { expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { UpstreamFault } from '../../../runtime/proxy/http/contract/handler.ts';
import { MemberPool } from '../../../runtime/proxy/routing/member-pool.ts';
import type { RoutedMember } from '../../../runtime/proxy/members/routed-member.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { threeAndOne } from './routed-requests.ts';

test('a pool has no plan before the first document', () => {
  expect(new MemberPool().plan).toBeUndefined();
});

test('a pool routes to active members only', () => {
  const { split } = pooling({
    ...threeAndOne,
    members: [
      member('stable-1', 20_001),
      member('stable-2', 20_002, { state: 'draining' }),
      member('stable-3', 20_003, { state: 'ejected' }),
      member('stable-4', 20_005, { state: 'reserved' }),
      member('canary-1', 20_004),
    ],
  });
  expect(split()).toEqual({ stable: ['stable-1'], canary: ['canary-1'] });
});

test('a pool is empty if the document has no members', () => {
  const { split } = pooling(releaseDocument());
  expect(split()).toEqual({ stable: [], canary: [] });
});

test('a pool excludes a member whose probes fail until they pass again', () => {
  const { pool, get, split } = pooling(threeAndOne);
  probe(pool, get('stable-2'), false);
  expect(split().stable).toEqual(['stable-1', 'stable-3']);
  probe(pool, get('stable-2'), true);
  expect(split().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a pool ejects a member for 30 s after five requests in a row that it did not answer', () => {
  const { pool, get, split, clock } = pooling(threeAndOne);
  fail(pool, get('stable-1'));
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
  clock.now += 29_999;
  pool.refresh();
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
  clock.now += 1;
  pool.refresh();
  expect(split().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a pool ejects a member after five answers of 5xx in a row to what others answer well', () => {
  const { answered, split } = pooling(threeAndOne);
  answered('stable-1', 404);
  for (let time = 0; time < 2; time += 1) answered('canary-1', 500);
  answered('stable-1', 404);
  for (let time = 0; time < 2; time += 1) answered('canary-1', 500);
  expect(split().canary).toEqual(['canary-1']);
  answered('canary-1', 500);
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('answers of 5xx in a row eject a member as soon as another one has answered well since the first', () => {
  const { answered, split } = pooling(threeAndOne);
  answered('stable-1', 200);
  // Chance gave the canary the first requests of what may be an outage of all members.
  for (let time = 0; time < 7; time += 1) answered('canary-1', 500);
  expect(split().canary).toEqual(['canary-1']);
  answered('stable-1', 200);
  answered('canary-1', 500);
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('an answer of 5xx that other members give too neither counts nor ends a row of failures', () => {
  const { pool, get, split } = pooling(threeAndOne);
  const canary = get('canary-1');
  for (let time = 0; time < 4; time += 1) pool.unanswered(canary, 'reset');
  for (let time = 0; time < 9; time += 1) pool.answered(canary, 500, 1);
  expect(split().canary).toEqual(['canary-1']);
  pool.unanswered(canary, 'reset');
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a pool notifies its owner of each ejection and its length', () => {
  const ejections: [string, number][] = [];
  const pool = new MemberPool({
    now: () => 0,
    onEjected: ({ id }, ms) => ejections.push([id, ms]),
  });
  pool.apply(threeAndOne);
  const canary = pool.active.find(({ id }) => id === 'canary-1');
  if (canary !== undefined) fail(pool, canary);
  expect(ejections).toEqual([['canary-1', 30_000]]);
});

test('stable gets the share of an ejected canary', () => {
  const { pool, get, split } = pooling(threeAndOne);
  fail(pool, get('canary-1'));
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a pool never ejects the last available stable member', () => {
  const { pool, get, split } = pooling(threeAndOne);
  for (const id of ['stable-1', 'stable-2']) probe(pool, get(id), false);
  fail(pool, get('stable-3'));
  fail(pool, get('stable-3'));
  expect(split()).toEqual({ stable: ['stable-3'], canary: ['canary-1'] });
});

test.each([
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 2],
  [9, 4],
])('a pool of %i stable members ejects at most %i at a time', (members, most) => {
  const ids = Array.from({ length: members }, (_, index) => `stable-${index}`);
  const { pool, get, split, clock } = pooling(
    releaseDocument({ members: ids.map((id, index) => member(id, 20_001 + index)) }),
  );
  for (const id of ids) fail(pool, get(id));
  expect(split().stable).toEqual(ids.slice(most));
  clock.now += 30_000;
  fail(pool, get(ids.at(-1) ?? ''));
  expect(split().stable).toEqual(ids.slice(0, -1));
});

test('a pool ejects any number of canary members', () => {
  const { pool, get, split } = pooling({
    ...threeAndOne,
    members: [...threeAndOne.members, member('canary-2', 20_005)],
  });
  for (const id of ['canary-1', 'canary-2']) fail(pool, get(id));
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a pool ends the ejection of a member that was down once its probes pass', () => {
  const { pool, get, split } = pooling(threeAndOne);
  fail(pool, get('stable-1'), 'connect');
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
  probe(pool, get('stable-1'), true);
  expect(split().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);

  fail(pool, get('stable-2'), 'reset');
  probe(pool, get('stable-2'), false);
  expect(split().stable).toEqual(['stable-1', 'stable-3']);
  pool.probed(get('stable-2'), true);
  expect(split().stable).toEqual(['stable-1', 'stable-3']);
  pool.probed(get('stable-2'), true);
  expect(split().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('a member that passes its probes all the time, and answers nothing else, stays ejected', () => {
  const { pool, get, split } = pooling(threeAndOne);
  fail(pool, get('stable-1'), 'reset');
  probe(pool, get('stable-1'), true);
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
});

test('a single failed probe, or one that has ended an ejection, ends no later one', () => {
  const { pool, get, split, clock } = pooling(threeAndOne);
  pool.probed(get('stable-1'), false);
  pool.probed(get('stable-1'), true);
  fail(pool, get('stable-1'), 'timeout');
  probe(pool, get('stable-1'), true);
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
  clock.now += 30_000;
  pool.refresh();
  fail(pool, get('stable-1'), 'connect');
  probe(pool, get('stable-1'), true);
  expect(split().stable).toContain('stable-1');
  fail(pool, get('stable-1'), 'timeout');
  probe(pool, get('stable-1'), true);
  expect(split().stable).toEqual(['stable-2', 'stable-3']);
});

test('passed probes do not end an ejection for answers of 5xx', () => {
  const { pool, get, split, clock } = pooling(threeAndOne);
  pool.answered(get('stable-1'), 200, 1);
  for (let time = 0; time < 4; time += 1) pool.answered(get('canary-1'), 500, 1);
  clock.now += 1;
  pool.answered(get('stable-1'), 200, 1);
  pool.answered(get('canary-1'), 500, 1);
  probe(pool, get('canary-1'), false);
  probe(pool, get('canary-1'), true);
  expect(split().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
});

test('ejected members that pass their probes serve before dead ones', () => {
  const { pool, get, split } = pooling(threeAndOne);
  fail(pool, get('stable-1'));
  fail(pool, get('canary-1'));
  for (const id of ['stable-2', 'stable-3']) probe(pool, get(id), false);
  expect(split()).toEqual({ stable: ['stable-1'], canary: ['canary-1'] });
});

test('all stable members serve their share if none is healthy', () => {
  const { pool, get, split } = pooling(threeAndOne);
  for (const id of ['stable-1', 'stable-2', 'stable-3']) probe(pool, get(id), false);
  expect(split()).toEqual({
    stable: ['stable-1', 'stable-2', 'stable-3'],
    canary: ['canary-1'],
  });
});

test('all members serve their tracks if no member is healthy', () => {
  const { pool, split } = pooling(threeAndOne);
  for (const unhealthy of pool.active) probe(pool, unhealthy, false);
  expect(split()).toEqual({
    stable: ['stable-1', 'stable-2', 'stable-3'],
    canary: ['canary-1'],
  });
});

test('a canary with a share gets all requests if there is no stable member', () => {
  const { split } = pooling(releaseDocument({ weight: 5, members: [member('canary-1', 20_004)] }));
  expect(split()).toEqual({ stable: ['canary-1'], canary: ['canary-1'] });
});

test('a canary at weight 0 gets no requests, even without a stable member', () => {
  const { split } = pooling(releaseDocument({ members: [member('canary-1', 20_004)] }));
  expect(split().stable).toEqual([]);
});

test('testers reach the canary at weight 0', () => {
  const { pool } = pooling({ ...threeAndOne, weight: 0 });
  expect(pool.plan?.override.canary.map(({ id }) => id)).toEqual(['canary-1']);
});

test('a member retains its state from one document to the next', () => {
  const { pool, get, split } = pooling(threeAndOne);
  for (let request = 0; request < 2; request += 1) get('stable-1').startRequest();
  probe(pool, get('stable-2'), false);
  pool.apply({ ...threeAndOne, generation: 2, weight: 50 });
  expect(get('stable-1').inFlight).toBe(2);
  expect(split().stable).toEqual(['stable-1', 'stable-3']);
});

test('requests in flight at a removed member count until they end', () => {
  const { pool, get } = pooling(threeAndOne);
  const leaving = get('stable-1');
  leaving.startRequest();
  const without = threeAndOne.members.filter(({ id }) => id !== 'stable-1');
  pool.apply({ ...threeAndOne, generation: 2, members: without });
  expect(pool.registry.inFlight()).toMatchObject({ 'stable-1': 1 });
  leaving.endRequest();
  pool.refresh();
  expect(pool.registry.inFlight()).not.toHaveProperty('stable-1');
});

test('a member that moves to another address is a new member', () => {
  const { pool, get } = pooling(threeAndOne);
  probe(pool, get('canary-1'), false);
  const moved = threeAndOne.members.map((old) =>
    old.id === 'canary-1' ? { ...old, url: 'http://127.0.0.1:20009' } : old,
  );
  pool.apply({ ...threeAndOne, generation: 2, members: moved });
  expect(get('canary-1').upstream.port).toBe(20_009);
  expect(pool.plan?.split.canary.map(({ id }) => id)).toEqual(['canary-1']);
});

function pooling(document: ReleaseDocument) {
  const clock = { now: 1_000 };
  const pool = new MemberPool({ now: () => clock.now });
  pool.apply(document);
  const get = (id: string): RoutedMember => {
    const found = pool.active.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no active member ${id}`);
    return found;
  };
  const ids = (track: Track) => pool.plan?.split[track].map(({ id }) => id) ?? [];
  const split = () => ({ stable: ids('stable'), canary: ids('canary') });
  /** Takes an answer to a request of one kind, a millisecond after what was before. */
  const answered = (id: string, status: number) => {
    clock.now += 1;
    pool.answered(get(id), status, 1);
  };
  return { pool, clock, get, split, answered };
}

function probe(pool: MemberPool, target: RoutedMember, passed: boolean): void {
  pool.probed(target, passed);
  pool.probed(target, passed);
}

function fail(pool: MemberPool, target: RoutedMember, fault: UpstreamFault = 'reset'): void {
  for (let time = 0; time < 5; time += 1) pool.unanswered(target, fault);
}
