import { describe, expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { MemberPool } from '../../../runtime/proxy/routing/member-pool.ts';
import type { RoutedMember } from '../../../runtime/proxy/members/routed-member.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const threeAndOne = releaseDocument({
  weight: 25,
  members: [
    member('stable-1', 20_001),
    member('stable-2', 20_002),
    member('stable-3', 20_003),
    member('canary-1', 20_004),
  ],
});

describe('the rotation', () => {
  test('has no plan before the first document', () => {
    expect(new MemberPool().plan).toBeUndefined();
  });

  test('holds active members only', () => {
    const { share } = rotate({
      ...threeAndOne,
      members: [
        member('stable-1', 20_001),
        member('stable-2', 20_002, { state: 'draining' }),
        member('stable-3', 20_003, { state: 'ejected' }),
        member('stable-4', 20_005, { state: 'reserved' }),
        member('canary-1', 20_004),
      ],
    });
    expect(share()).toEqual({ stable: ['stable-1'], canary: ['canary-1'] });
  });

  test('is empty when the document has no members', () => {
    const { share } = rotate(releaseDocument());
    expect(share()).toEqual({ stable: [], canary: [] });
  });

  test('leaves out a member whose active checks fail, until they pass again', () => {
    const { pool, get, share } = rotate(threeAndOne);
    probe(pool, get('stable-2'), false);
    expect(share().stable).toEqual(['stable-1', 'stable-3']);
    probe(pool, get('stable-2'), true);
    expect(share().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('leaves out a member after five failures in a row, for 30 s', () => {
    const { pool, get, share, clock } = rotate(threeAndOne);
    fail(pool, get('stable-1'));
    expect(share().stable).toEqual(['stable-2', 'stable-3']);
    clock.now += 29_999;
    pool.refresh();
    expect(share().stable).toEqual(['stable-2', 'stable-3']);
    clock.now += 1;
    pool.refresh();
    expect(share().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('tells who was ejected and for how long', () => {
    const told: [string, number][] = [];
    const pool = new MemberPool({ now: () => 0, onEjected: ({ id }, ms) => told.push([id, ms]) });
    pool.apply(threeAndOne);
    const canary = pool.active.find(({ id }) => id === 'canary-1');
    if (canary !== undefined) fail(pool, canary);
    expect(told).toEqual([['canary-1', 30_000]]);
  });

  test('gives the share of a canary that is out to stable', () => {
    const { pool, get, share } = rotate(threeAndOne);
    fail(pool, get('canary-1'));
    expect(share().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('never ejects the last stable member, however often it fails', () => {
    const { pool, get, share } = rotate(threeAndOne);
    for (const id of ['stable-1', 'stable-2']) probe(pool, get(id), false);
    fail(pool, get('stable-3'));
    fail(pool, get('stable-3'));
    expect(share()).toEqual({ stable: ['stable-3'], canary: ['canary-1'] });
  });

  test.each([
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [9, 4],
  ])('of %i stable members ejects at most %i at a time', (members, most) => {
    const ids = Array.from({ length: members }, (_, index) => `stable-${index}`);
    const { pool, get, share, clock } = rotate(
      releaseDocument({ members: ids.map((id, index) => member(id, 20_001 + index)) }),
    );
    for (const id of ids) fail(pool, get(id));
    expect(share().stable).toEqual(ids.slice(most));
    clock.now += 30_000;
    fail(pool, get(ids.at(-1) ?? ''));
    expect(share().stable).toEqual(ids.slice(0, -1));
  });

  test('ejects all canary members, however many they are', () => {
    const { pool, get, share } = rotate({
      ...threeAndOne,
      members: [...threeAndOne.members, member('canary-2', 20_005)],
    });
    for (const id of ['canary-1', 'canary-2']) fail(pool, get(id));
    expect(share().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('spreads the stable share over all stable members when none is healthy', () => {
    const { pool, get, share } = rotate(threeAndOne);
    for (const id of ['stable-1', 'stable-2', 'stable-3']) probe(pool, get(id), false);
    expect(share()).toEqual({
      stable: ['stable-1', 'stable-2', 'stable-3'],
      canary: ['canary-1'],
    });
  });

  test('takes no notice of health when no member at all is healthy', () => {
    const { pool, share } = rotate(threeAndOne);
    for (const unwell of pool.active) probe(pool, unwell, false);
    expect(share()).toEqual({
      stable: ['stable-1', 'stable-2', 'stable-3'],
      canary: ['canary-1'],
    });
  });

  test('gives all to the canary when it has a share and there is no stable member', () => {
    const { share } = rotate(releaseDocument({ weight: 5, members: [member('canary-1', 20_004)] }));
    expect(share()).toEqual({ stable: ['canary-1'], canary: ['canary-1'] });
  });

  test('gives nothing to the canary at weight 0, not even without a stable member', () => {
    const { share } = rotate(releaseDocument({ members: [member('canary-1', 20_004)] }));
    expect(share().stable).toEqual([]);
  });

  test('has the canary ready for testers at weight 0', () => {
    const { pool } = rotate({ ...threeAndOne, weight: 0 });
    expect(pool.plan?.forced.canary.map(({ id }) => id)).toEqual(['canary-1']);
  });

  test('keeps what it knows of a member from one document to the next', () => {
    const { pool, get, share } = rotate(threeAndOne);
    get('stable-1').inFlight = 2;
    probe(pool, get('stable-2'), false);
    pool.apply({ ...threeAndOne, generation: 2, weight: 50 });
    expect(get('stable-1').inFlight).toBe(2);
    expect(share().stable).toEqual(['stable-1', 'stable-3']);
  });

  test('counts what is in flight at a member that the document no longer names, until it ends', () => {
    const { pool, get } = rotate(threeAndOne);
    const leaving = get('stable-1');
    leaving.inFlight = 1;
    const without = threeAndOne.members.filter(({ id }) => id !== 'stable-1');
    pool.apply({ ...threeAndOne, generation: 2, members: without });
    expect(pool.registry.inFlight()).toMatchObject({ 'stable-1': 1 });
    leaving.inFlight = 0;
    pool.refresh();
    expect(pool.registry.inFlight()).not.toHaveProperty('stable-1');
  });

  test('knows a member that moved to another address as a new one', () => {
    const { pool, get } = rotate(threeAndOne);
    probe(pool, get('canary-1'), false);
    const moved = threeAndOne.members.map((old) =>
      old.id === 'canary-1' ? { ...old, url: 'http://127.0.0.1:20009' } : old,
    );
    pool.apply({ ...threeAndOne, generation: 2, members: moved });
    expect(get('canary-1').upstream.port).toBe(20_009);
    expect(pool.plan?.share.canary.map(({ id }) => id)).toEqual(['canary-1']);
  });
});

function rotate(document: ReleaseDocument) {
  const clock = { now: 1_000 };
  const pool = new MemberPool({ now: () => clock.now });
  pool.apply(document);
  const get = (id: string): RoutedMember => {
    const found = pool.active.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no active member ${id}`);
    return found;
  };
  const ids = (track: Track) => pool.plan?.share[track].map(({ id }) => id) ?? [];
  const share = () => ({ stable: ids('stable'), canary: ids('canary') });
  return { pool, clock, get, share };
}

function probe(pool: MemberPool, target: RoutedMember, passed: boolean): void {
  pool.probed(target, passed);
  pool.probed(target, passed);
}

function fail(pool: MemberPool, target: RoutedMember): void {
  for (let time = 0; time < 5; time += 1) pool.failed(target);
}
