import { expect, test } from 'vitest';
import { unusedCacheMs } from '../../../runtime/core/host/build-cache.ts';

const hour = 3_600_000;

test.each([
  [undefined, undefined],
  [59.9, undefined],
  [60, 24 * hour],
  [84.9, 24 * hour],
  [85, hour],
  [100, hour],
])('on a disk at %s%%, build cache goes after %s ms without use', (usedPercent, expected) => {
  expect(unusedCacheMs(usedPercent)).toBe(expected);
});
