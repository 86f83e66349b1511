import { expect, test } from 'vitest';
import { lastGoodOf } from '../../../infra/deploy/last-good.ts';

test('the last good images come from the outputs of the stack, if it has any', () => {
  const output = (value: string) => ({ value, secret: false });
  expect(lastGoodOf({})).toBeUndefined();
  expect(
    lastGoodOf({ image: output('a'), runtimeImage: output('b'), version: output('v1') }),
  ).toEqual({ image: 'a', runtimeImage: 'b', version: 'v1', canaryImage: undefined });
});
