import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatValue, formatDuration } from '../../../runtime/core/alerting/format-value.ts';

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

test.each([
  [0, '0 s'],
  [499, '0 s'],
  [500, '1 s'],
  [-5_000, '0 s'],
  [45_000, '45 s'],
  [59_500, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [180_000_000, '2 d 2 h'],
  [90_061_000, '1 d 1 h'],
])('%d ms read %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('a duration of at most two parts is exact to the second', () => {
  const inMs = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000 };
  fc.assert(
    fc.property(fc.nat({ max: 3_599 }), (seconds) => {
      const words = formatDuration(seconds * 1_000).split(' ');
      const said = words.reduce(
        (sum, word, index) =>
          index % 2 === 1 ? sum + Number(words[index - 1]) * inMs[word as keyof typeof inMs] : sum,
        0,
      );
      expect(said).toBe(seconds * 1_000);
    }),
  );
});
