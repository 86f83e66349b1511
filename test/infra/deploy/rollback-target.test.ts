import { expect, test } from 'vitest';
import {
  parseHistory,
  rollbackTarget,
  type RecordedRelease,
} from '../../../infra/deploy/rollback-target.ts';

const image = (character: string) => `shop@sha256:${character.repeat(64)}`;
const runtimeImage = `perch@sha256:${'f'.repeat(64)}`;

/** A release that served, of the image whose digest repeats `character`. */
const served = (
  version: string,
  character: string,
  fields: Partial<RecordedRelease> = {},
): RecordedRelease => ({
  at: 0,
  stack: 'prod',
  outcome: 'served',
  action: 'deploy',
  version,
  image: image(character),
  runtimeImage,
  ...fields,
});

/** A history, oldest first, as `perch history --json` prints it. */
const history = (...releases: readonly RecordedRelease[]) =>
  releases.map((release, index) => ({ ...release, at: index })).toReversed();

function target(releases: readonly RecordedRelease[], serving: string, version?: string): string {
  const query = { stack: 'prod', track: 'stable', servingImage: image(serving), version } as const;
  return rollbackTarget(history(...releases), query).version;
}

test('a rollback goes to the version that served before the one that serves', () => {
  expect(target([served('v1', 'a'), served('v2', 'b'), served('v3', 'c')], 'c')).toBe('v2');
  // It was deployed twice.
  expect(target([served('v1', 'a'), served('v2', 'b'), served('v2', 'b')], 'b')).toBe('v1');
});

test('a rollback passes over releases that did not serve, or that belong to another stack', () => {
  const releases = [
    served('v1', 'a'),
    served('v2', 'b', { outcome: 'rolled-back' }),
    served('v3', 'c', { outcome: 'interrupted' }),
    served('v4', 'd', { stack: 'canary' }),
    served('v5', 'e'),
  ];
  expect(target(releases, 'e')).toBe('v1');
  // What serves was never recorded as such.
  expect(target(releases, 'b')).toBe('v5');
});

test('a rollback passes over what only the canary of the stack ran', () => {
  const canary = { track: 'canary' };
  const releases = [
    served('v1', 'a'),
    served('v2', 'b', canary),
    served('v3', 'c', canary),
    served('v3', 'c', { track: 'stable' }),
  ];
  expect(target(releases, 'c')).toBe('v1');
  expect(() => target(releases, 'c', 'v2')).toThrow('VERSION must be a recorded version');
});

test('a second rollback goes one version further back', () => {
  const releases = [served('v1', 'a'), served('v2', 'b'), served('v3', 'c')];
  const again = { action: 'rollback' };
  expect(target([...releases, served('v2', 'b', again)], 'b')).toBe('v1');
  // A deployment of an old image is a new release.
  expect(target([...releases, served('v2', 'b')], 'b')).toBe('v3');
});

test('a rollback names its version, or the beginning of the digest', () => {
  const releases = [served('v1', 'a'), served('v2', 'b'), served('v3', 'c')];
  expect(target(releases, 'c', 'v1')).toBe('v1');
  expect(target(releases, 'c', 'sha256:aaaaaa')).toBe('v1');
  expect(target(releases, 'c', 'aaaaaa')).toBe('v1');
  expect(() => target(releases, 'c', 'aaaaa')).toThrow('VERSION must be a recorded version');
});

test('a rollback refuses a version that it does not know, and names the nearest', () => {
  const releases = [served('1.4.1', 'a'), served('1.4.2', 'b'), served('2.0.0', 'c')];
  expect(() => target(releases, 'c', '1.4.12')).toThrow(
    'VERSION must be a recorded version of stack prod that served, got 1.4.12; did you mean 1.4.2?',
  );
  expect(() => target(releases, 'c', 'green')).toThrow(
    'got green; the newest are 2.0.0, 1.4.2, 1.4.1',
  );
  expect(() => target([], 'c', 'green')).toThrow('got green; none is recorded');
});

test('a rollback refuses a version that has more than one image', () => {
  const releases = [served('v1', 'a'), served('v1', 'b'), served('v2', 'c')];
  expect(() => target(releases, 'c', 'v1')).toThrow(
    `v1 names 2: ${'b'.repeat(64)} (1970-01-01T00:00:00.001Z), ${'a'.repeat(64)} (1970-01-01T00:00:00.000Z)`,
  );
  expect(target(releases, 'c', 'aaaaaaaa')).toBe('v1');
});

test('a rollback refuses the version that serves, and a stack without an earlier one', () => {
  expect(() => target([served('v1', 'a')], 'a', 'v1')).toThrow('v1 serves already');
  expect(() => target([served('v1', 'a')], 'a')).toThrow(
    'no release of stack prod that served before the one that serves now is recorded',
  );
});

test('records of another version of Perch are read as far as they are known', () => {
  const record = { ...served('v1', 'a'), id: '1-0', later: true };
  expect(parseHistory(JSON.stringify({ service: 'shop', releases: [record] }))).toEqual([
    served('v1', 'a'),
  ]);
});
