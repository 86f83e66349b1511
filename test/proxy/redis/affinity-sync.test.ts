import { expect, test } from 'vitest';
import { slowBounds } from '../../../runtime/proxy/redis/affinity-sync.ts';

const verdict = (evidence: Record<string, number | string | null>) =>
  ({ kind: 'inconclusive', sentence: '', evidence }) as const;

test.each([
  { evidence: { slowAboveMs: 80 }, bounds: { stable: 80, canary: 80 } },
  { evidence: { slowAboveMs: 80, canarySlowAboveMs: 90 }, bounds: { stable: 80, canary: 90 } },
  { evidence: { slowAboveMs: 80, canarySlowAboveMs: null }, bounds: { stable: 80, canary: 80 } },
  { evidence: { slowAboveMs: null }, bounds: {} },
  { evidence: {}, bounds: {} },
  { evidence: { slowAboveMs: 'soon' }, bounds: {} },
])('the bounds of $evidence are $bounds', ({ evidence, bounds }) => {
  expect(slowBounds({ verdict: verdict(evidence) })).toEqual(bounds);
});

test('without a verdict there are no bounds', () => {
  expect(slowBounds({ verdict: null })).toEqual({});
});
