import { expect, test } from 'vitest';
import {
  unhealthySince,
  type HealthReport,
} from '../../../runtime/core/analysis/unhealthy-since.ts';

const reports = (...health: ('healthy' | 'unhealthy')[]): HealthReport[] =>
  health.map((one) => ({ memberHealth: { 'canary-1': one } }));

test('a member is unhealthy while most of the proxies that know it say so', () => {
  const first = unhealthySince(new Map(), reports('unhealthy', 'unhealthy', 'healthy'), 1_000);
  expect(first).toEqual(new Map([['canary-1', 1_000]]));
  expect(unhealthySince(first, reports('unhealthy'), 2_000)).toEqual(first);
});

test('a member is not unhealthy if as many proxies find it healthy, or none knows it', () => {
  const before = new Map([['canary-1', 1_000]]);
  expect(unhealthySince(before, reports('unhealthy', 'healthy'), 2_000).size).toBe(0);
  expect(unhealthySince(before, [], 2_000).size).toBe(0);
  expect(before.size).toBe(1);
});
