import { expect, test } from 'vitest';
import { formatValue } from '../../../runtime/core/alerting/format-value.ts';

test.each([
  [81.34, 'percent', '81.3%'],
  [99.96, 'percent', '100%'],
  [250.4, 'percent', '250%'],
  [0, 'percent', '0%'],
  [-0.01, 'percent', '0%'],
  [512_000_000, 'bytes', '512 MB'],
  [52_350_000, 'bytes', '52.4 MB'],
  [999_499_999, 'bytes', '999 MB'],
  [999_500_000, 'bytes', '1 GB'],
  [1_540_000_000, 'bytes', '1.5 GB'],
  [800, 'ms', '800 ms'],
  [9_999.4, 'ms', '9999 ms'],
  [9_999.5, 'ms', '10 s'],
  [12_340, 'ms', '12.3 s'],
  [3, 'count', '3'],
  [111.4, 'count', '111'],
  [1_000_000, 'count', '1000000'],
  [1e300, 'count', 'more than 1,000,000'],
] as const)('%d %s reads %s', (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text);
});
