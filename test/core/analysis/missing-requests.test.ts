import { expect, test } from 'vitest';
import { missingRequests } from '../../../runtime/core/analysis/missing-requests.ts';
import { noSafety } from '../../../runtime/core/analysis/safety-test.ts';
import type { Stratum } from '../../../runtime/core/analysis/stratum.ts';
import { testComparison } from '../../support/judge/verdict.ts';

const comparison = { ...testComparison, warmUpRequests: 20, slowAboveMs: undefined };

function missingAfter(canary: number, badCanary: number): number | null {
  const sample = { canary, stable: 3 * canary, badCanary, badStable: 0 };
  const running: Stratum = {
    fromMs: 10_000,
    weight: 25,
    unit: 'requests',
    samples: { errors: sample, latency: sample, rejections: sample },
    requests: sample,
  } as Stratum;
  return missingRequests({ safety: noSafety, running }, comparison);
}

test('each good request makes one fewer missing, and a failed one makes more missing', () => {
  const atFirst = missingRequests({ safety: noSafety, running: null }, comparison) ?? 0;
  expect(atFirst).toBeGreaterThan(150);
  expect(atFirst).toBeLessThan(300);
  expect(missingAfter(0, 0)).toBe(atFirst);
  expect(missingAfter(100, 0)).toBe(atFirst - 100);
  expect(missingAfter(atFirst, 0)).toBe(0);
  expect(missingAfter(100, 1)).toBeGreaterThan(atFirst - 100);
});
