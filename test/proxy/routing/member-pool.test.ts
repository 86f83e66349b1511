import { describe, expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { Rotation } from '../../../runtime/proxy/routing/member-pool.ts';
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
    expect(new Rotation().plan).toBeUndefined();
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
    const { rotation, get, share } = rotate(threeAndOne);
    probe(rotation, get('stable-2'), false);
    expect(share().stable).toEqual(['stable-1', 'stable-3']);
    probe(rotation, get('stable-2'), true);
    expect(share().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('leaves out a member after five failures in a row, for 30 s', () => {
    const { rotation, get, share, clock } = rotate(threeAndOne);
    fail(rotation, get('stable-1'));
    expect(share().stable).toEqual(['stable-2', 'stable-3']);
    clock.now += 29_999;
    rotation.refresh();
    expect(share().stable).toEqual(['stable-2', 'stable-3']);
    clock.now += 1;
    rotation.refresh();
    expect(share().stable).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('tells who was ejected and for how long', () => {
    const told: [string, number][] = [];
    const rotation = new Rotation({ now: () => 0, onEjected: ({ id }, ms) => told.push([id, ms]) });
    rotation.apply(threeAndOne);
    const canary = rotation.active.find(({ id }) => id === 'canary-1');
    if (canary !== undefined) fail(rotation, canary);
    expect(told).toEqual([['canary-1', 30_000]]);
  });

  test('gives the share of a canary that is out to stable', () => {
    const { rotation, get, share } = rotate(threeAndOne);
    fail(rotation, get('canary-1'));
    expect(share().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('never ejects the last stable member, however often it fails', () => {
    const { rotation, get, share } = rotate(threeAndOne);
    for (const id of ['stable-1', 'stable-2']) probe(rotation, get(id), false);
    fail(rotation, get('stable-3'));
    fail(rotation, get('stable-3'));
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
    const { rotation, get, share, clock } = rotate(
      releaseDocument({ members: ids.map((id, index) => member(id, 20_001 + index)) }),
    );
    for (const id of ids) fail(rotation, get(id));
    expect(share().stable).toEqual(ids.slice(most));
    clock.now += 30_000;
    fail(rotation, get(ids.at(-1) ?? ''));
    expect(share().stable).toEqual(ids.slice(0, -1));
  });

  test('ejects all canary members, however many they are', () => {
    const { rotation, get, share } = rotate({
      ...threeAndOne,
      members: [...threeAndOne.members, member('canary-2', 20_005)],
    });
    for (const id of ['canary-1', 'canary-2']) fail(rotation, get(id));
    expect(share().canary).toEqual(['stable-1', 'stable-2', 'stable-3']);
  });

  test('spreads the stable share over all stable members when none is healthy', () => {
    const { rotation, get, share } = rotate(threeAndOne);
    for (const id of ['stable-1', 'stable-2', 'stable-3']) probe(rotation, get(id), false);
    expect(share()).toEqual({
      stable: ['stable-1', 'stable-2', 'stable-3'],
      canary: ['canary-1'],
    });
  });

  test('takes no notice of health when no member at all is healthy', () => {
    const { rotation, share } = rotate(threeAndOne);
    for (const unwell of rotation.active) probe(rotation, unwell, false);
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
    const { rotation } = rotate({ ...threeAndOne, weight: 0 });
    expect(rotation.plan?.forced.canary.map(({ id }) => id)).toEqual(['canary-1']);
  });

  test('keeps what it knows of a member from one document to the next', () => {
    const { rotation, get, share } = rotate(threeAndOne);
    get('stable-1').inFlight = 2;
    probe(rotation, get('stable-2'), false);
    rotation.apply({ ...threeAndOne, generation: 2, weight: 50 });
    expect(get('stable-1').inFlight).toBe(2);
    expect(share().stable).toEqual(['stable-1', 'stable-3']);
  });

  test('counts what is in flight at a member that the document no longer names, until it ends', () => {
    const { rotation, get } = rotate(threeAndOne);
    const leaving = get('stable-1');
    leaving.inFlight = 1;
    const without = threeAndOne.members.filter(({ id }) => id !== 'stable-1');
    rotation.apply({ ...threeAndOne, generation: 2, members: without });
    expect(rotation.roster.inFlight()).toMatchObject({ 'stable-1': 1 });
    leaving.inFlight = 0;
    rotation.refresh();
    expect(rotation.roster.inFlight()).not.toHaveProperty('stable-1');
  });

  test('knows a member that moved to another address as a new one', () => {
    const { rotation, get } = rotate(threeAndOne);
    probe(rotation, get('canary-1'), false);
    const moved = threeAndOne.members.map((old) =>
      old.id === 'canary-1' ? { ...old, url: 'http://127.0.0.1:20009' } : old,
    );
    rotation.apply({ ...threeAndOne, generation: 2, members: moved });
    expect(get('canary-1').origin.port).toBe(20_009);
    expect(rotation.plan?.share.canary.map(({ id }) => id)).toEqual(['canary-1']);
  });
});

function rotate(document: ReleaseDocument) {
  const clock = { now: 1_000 };
  const rotation = new Rotation({ now: () => clock.now });
  rotation.apply(document);
  const get = (id: string): RoutedMember => {
    const found = rotation.active.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no active member ${id}`);
    return found;
  };
  const ids = (track: Track) => rotation.plan?.share[track].map(({ id }) => id) ?? [];
  const share = () => ({ stable: ids('stable'), canary: ids('canary') });
  return { rotation, clock, get, share };
}

function probe(rotation: Rotation, target: RoutedMember, passed: boolean): void {
  rotation.probed(target, passed);
  rotation.probed(target, passed);
}

function fail(rotation: Rotation, target: RoutedMember): void {
  for (let time = 0; time < 5; time += 1) rotation.failed(target);
}
