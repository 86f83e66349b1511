import { expect, test } from 'vitest';
import { dockerDuration } from '../../../infra/services/docker-duration.ts';

test.each([
  [59, '59s'],
  [60, '1m0s'],
  [90, '1m30s'],
  [3_661, '1h1m1s'],
])('%d seconds are %s, as the Docker engine formats them', (seconds, expected) => {
  expect(dockerDuration(seconds)).toBe(expected);
});
