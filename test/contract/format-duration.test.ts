import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration } from '../../runtime/contract/format-duration.ts';

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
