import { expect, test } from 'vitest';
import { goDuration } from '../../infra/services/go-duration.ts';

test.each([
  [1, '1s'],
  [59, '59s'],
  [60, '1m0s'],
  [90, '1m30s'],
  [3_600, '1h0m0s'],
  [3_661, '1h1m1s'],
])('%d seconds are %s, as Go prints them', (seconds, expected) => {
  expect(goDuration(seconds)).toBe(expected);
});
