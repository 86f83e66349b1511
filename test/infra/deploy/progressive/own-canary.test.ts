import { expect, test } from 'vitest';
import {
  freeVersion,
  isOfThisPerch,
  isOfVersion,
  recordsOf,
} from '../../../../infra/deploy/progressive/own-canary.ts';
import { perchVersion } from '../../../../infra/shell/perch-version.ts';

test('a rollout is not that of the canary that the outputs name if an update was cut off after it', () => {
  expect(isOfVersion({ versions: ['b'] }, 'b')).toBe(true);
  expect(isOfVersion({ versions: ['b'] }, 'a')).toBe(false);
  expect(isOfVersion({ versions: ['a', 'b'] }, 'a')).toBe(false);
});

test('a rollout whose monitor prints no versions counts as that of the canary', () => {
  expect(isOfVersion({ versions: [''] }, 'a')).toBe(true);
});

test("an image is this Perch's if this version released it, and the release served", () => {
  const record = { at: 0, stack: 'prod', action: 'deploy', image: 'a', outcome: 'served' };
  const own = { ...record, perch: perchVersion() };
  expect(isOfThisPerch('a', [own])).toBe(true);
  expect(isOfThisPerch('a', [{ ...record, perch: '0.0.1' }, own])).toBe(false);
  expect(isOfThisPerch('a', [{ ...own, outcome: 'failed' }])).toBe(false);
  expect(isOfThisPerch('b', [own])).toBe(false);
  expect(isOfThisPerch('a', [record])).toBe(false);
});

test('a monitor that knows no history has no records, and one that does not answer is no such monitor', async () => {
  const failing = (text: string) => ({ run: () => Promise.reject(new Error(text)) });
  expect(await recordsOf('prod', failing("perch: unknown command 'history'"))).toEqual([]);
  await expect(recordsOf('prod', failing('no route to host'))).rejects.toThrow('no route to host');
  const releases = ['prod', 'canary'].map((stack) => ({
    at: 0,
    stack,
    outcome: 'served',
    action: 'deploy',
  }));
  const run = () => Promise.resolve(JSON.stringify({ releases }));
  expect(await recordsOf('prod', { run })).toMatchObject([{ stack: 'prod' }]);
});

test('a configured version that a stable release of another image had is not that of the next one', () => {
  const record = { at: 0, stack: 'prod', action: 'deploy', version: '1.4', image: 'a' };
  const stable = { ...record, track: 'stable', outcome: 'served' };
  expect(freeVersion('1.4', 'b', [stable])).toBe('');
  expect(freeVersion('1.4', undefined, [stable])).toBe('');
  expect(freeVersion('1.4', 'a', [stable])).toBe('1.4');
  expect(freeVersion('1.5', 'b', [stable])).toBe('1.5');
  expect(freeVersion('1.4', 'b', [{ ...stable, outcome: 'failed' }])).toBe('1.4');
  expect(freeVersion('1.4', 'b', [{ ...stable, track: 'canary' }])).toBe('1.4');
  expect(freeVersion(undefined, 'b', [])).toBe('');
});
