import { expect, test } from 'vitest';
import { lastGoodOf, valuesOf } from '../../../infra/deploy/last-good.ts';

test('the last good images come from the outputs of the stack, if it has any', () => {
  const output = (value: string) => ({ value, secret: false });
  expect(lastGoodOf({})).toBeUndefined();
  expect(
    lastGoodOf({ image: output('a'), runtimeImage: output('b'), version: output('v1') }),
  ).toEqual({ image: 'a', runtimeImage: 'b', version: 'v1', canaryImage: undefined });
});

test('a release is deployed again with its canary, or with none, and without the hooks that are configured now', () => {
  const release = { image: 'a', runtimeImage: 'b', version: 'v1' };
  const hooks = { beforeRelease: [], afterRelease: [] };
  const values = { ...release, canaryImage: '', canaryVersion: '', swapAtOnce: '4', ...hooks };
  expect(valuesOf(release)).toEqual(values);
  expect(valuesOf({ ...release, canaryImage: 'c', canaryVersion: 'v2' })).toEqual({
    ...values,
    canaryImage: 'c',
    canaryVersion: 'v2',
  });
});
