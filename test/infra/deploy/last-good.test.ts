import { expect, test } from 'vitest';
import { lastGoodOf, valuesOf } from '../../../infra/deploy/last-good.ts';

test('the last good images come from the outputs of the stack, if it has any', () => {
  const output = (value: string) => ({ value, secret: false });
  expect(lastGoodOf({})).toBeUndefined();
  const outputs = { image: output('a'), runtimeImage: output('b'), version: output('v1') };
  const release = { image: 'a', runtimeImage: 'b', version: 'v1', canaryImage: undefined };
  const generation = { value: 7, secret: false };
  expect(lastGoodOf({ ...outputs, generation })).toEqual({ ...release, isEnded: false });
  expect(lastGoodOf(outputs)).toEqual({ ...release, isEnded: true });
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

test('a canary that had ended does not come back on the way back', () => {
  const release = { image: 'a', runtimeImage: 'b', version: 'v1' };
  expect(valuesOf({ ...release, isEnded: true })).toMatchObject({ canaryCount: '0' });
  expect(valuesOf({ ...release, isEnded: false })).not.toHaveProperty('canaryCount');
});
