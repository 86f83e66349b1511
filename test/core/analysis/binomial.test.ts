import { expect, test } from 'vitest';
import { binomial, random } from './binomial.ts';

const draws = 20_000;

test.each([
  { count: 1, probability: 0.3 },
  { count: 7, probability: 0.05 },
  { count: 50, probability: 0.5 },
  { count: 40, probability: 0.9 },
])('the binomial sampler draws each number as often as it should: %o', ({ count, probability }) => {
  const chance = random(3);
  const seen = Array.from({ length: count + 1 }, () => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    const happened = binomial(count, probability, chance);
    seen[happened] = (seen[happened] ?? 0) + 1;
  }
  let term = (1 - probability) ** count;
  let chiSquared = 0;
  for (const [happened, times] of seen.entries()) {
    if (happened > 0)
      term *= ((count - happened + 1) / happened) * (probability / (1 - probability));
    const expected = Math.max(1, draws * term);
    chiSquared += (times - draws * term) ** 2 / expected;
  }
  // Five standard deviations above its mean.
  expect(chiSquared).toBeLessThan(count + 5 * Math.sqrt(2 * count));
});

test.each([
  [0, 0.5, 0],
  [9, 0, 0],
  [9, 1, 9],
])('of %d events with probability %d exactly %d happen', (count, probability, happened) => {
  expect(binomial(count, probability, random(1))).toBe(happened);
});
