import { expect, test } from 'vitest';
import {
  recordOf,
  releaseRecords,
  rememberedReleases,
  servingRecords,
  type ReleaseEntry,
  type StoredReleaseEntry,
} from '../../../runtime/core/release/release-history.ts';

const prod = { stack: 'prod', track: 'stable' } as const;
const image = (character: string) => `shop@sha256:${character.repeat(64)}`;
const runtimeImage = `perch@sha256:${'f'.repeat(64)}`;

/** Entries with the ids `1-0`, `2-0`, ... and times to match. */
function stored(...entries: readonly ReleaseEntry[]): StoredReleaseEntry[] {
  return entries.map((entry, index) => ({ ...entry, id: `${index + 1}-0`, at: index + 1 }));
}

const recordsOf = (...entries: readonly ReleaseEntry[]) => releaseRecords(stored(...entries));

test('a release is deploying until its end is recorded, which adds what was not known before', () => {
  const begun = { ...prod, by: 'ci', commit: 'a'.repeat(40) };
  expect(recordsOf(begun)).toEqual([
    { ...begun, id: '1-0', at: 1, action: 'deploy', outcome: 'deploying' },
  ]);
  const ended = {
    ...prod,
    release: '1-0',
    outcome: 'served',
    version: 'v1',
  } as const;
  expect(recordsOf(begun, ended)).toEqual([
    { ...begun, version: 'v1', id: '1-0', at: 1, endedAt: 2, action: 'deploy', outcome: 'served' },
  ]);
});

test('the last end of a release counts', () => {
  const records = recordsOf(
    { ...prod, version: 'v1' },
    { ...prod, release: '1-0', outcome: 'served' },
    { ...prod, release: '1-0', outcome: 'rolled-back', reason: 'member stable-1 is unhealthy' },
  );
  expect(records).toMatchObject([
    { outcome: 'rolled-back', endedAt: 3, reason: 'member stable-1 is unhealthy' },
  ]);
});

test('a release without an end was interrupted once another one of its stack and track has begun', () => {
  const canary = { stack: 'canary', track: 'canary' } as const;
  const outcomes = (...entries: readonly ReleaseEntry[]) =>
    recordsOf(...entries).map(({ outcome }) => outcome);
  expect(outcomes(prod, canary)).toEqual(['deploying', 'deploying']);
  expect(outcomes(prod, canary, prod)).toEqual(['interrupted', 'deploying', 'deploying']);
});

test('a release without a commit has that of the newest earlier release of its image', () => {
  const [commit, other] = ['a'.repeat(40), 'b'.repeat(40)];
  const commits = recordsOf(
    { ...prod, image: image('a') },
    { stack: 'canary', track: 'canary', image: image('a'), commit },
    { ...prod, image: image('b'), commit: other },
    { ...prod, image: image('a'), action: 'rollback' },
    { ...prod, image: image('c') },
    prod,
  ).map((record) => record.commit);
  expect(commits).toEqual([undefined, commit, other, commit, undefined, undefined]);
});

test('only the newest releases are remembered, and ends of older ones are dropped', () => {
  const many = Array.from({ length: rememberedReleases + 1 }, (_, index) => ({
    ...prod,
    version: `v${index}`,
  }));
  const records = recordsOf(...many);
  expect(records).toHaveLength(rememberedReleases);
  expect(records.at(0)?.version).toBe('v1');
  expect(recordsOf({ ...prod, release: '0-1', outcome: 'served' })).toEqual([]);
});

test('an end without an id belongs to the newest record that is open or has the same images', () => {
  const ended = { ...prod, image: image('b'), runtimeImage };
  const idOf = (...entries: readonly ReleaseEntry[]) => recordOf(recordsOf(...entries), ended)?.id;
  expect(idOf()).toBeUndefined();
  expect(idOf(prod)).toBe('1-0');
  expect(idOf({ ...prod, image: image('b'), runtimeImage })).toBe('1-0');
  expect(idOf({ ...prod, image: image('a'), runtimeImage })).toBeUndefined();
  expect(idOf({ ...prod, image: image('b'), runtimeImage: 'another' })).toBeUndefined();
  // It ended without ever having had an image.
  expect(idOf({ ...prod, outcome: 'failed' })).toBeUndefined();
  expect(idOf({ stack: 'canary', track: 'canary' })).toBeUndefined();
});

test('a record serves if it is the newest that served of a version that active members run', () => {
  const records = recordsOf(
    { ...prod, version: 'v1', outcome: 'served' },
    { ...prod, version: 'v2', outcome: 'rolled-back' },
    { ...prod, version: 'v1', outcome: 'served', action: 'rollback' },
    { ...prod, version: 'v1', outcome: 'failed' },
    { stack: 'canary', track: 'canary', version: 'v1', outcome: 'served' },
  );
  const active = (version: string) => ({ track: 'stable', version, state: 'active' }) as const;
  expect(servingRecords(records, [active('v1')])).toEqual(new Set(['3-0']));
  expect(servingRecords(records, [{ ...active('v1'), state: 'ejected' }])).toEqual(new Set());
  expect(servingRecords(records, [active('v2')])).toEqual(new Set(['2-0']));
});
