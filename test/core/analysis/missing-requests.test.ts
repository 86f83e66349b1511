import { expect, test } from 'vitest';
import { missingRequests, missingText } from '../../../runtime/core/analysis/missing-requests.ts';
import { defaultSafety, noSafety } from '../../../runtime/core/analysis/safety-test.ts';
import type { Stratum } from '../../../runtime/core/analysis/stratum.ts';

const none = { requests: 0, bad: 0 };
const comparison = {
  tolerances: { errors: 1, latency: 1, rejections: 1 },
  warmUpRequests: 20,
  safety: defaultSafety,
  slowAboveMs: undefined,
  safetyFromMs: 0,
  references: { errors: none, latency: none, rejections: none },
};

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

test('the text says how many requests are missing, and for how long at the present rate', () => {
  const verdict = (missing: number | null) => ({
    kind: 'inconclusive' as const,
    sentence: '',
    evidence: { safety: { missing } },
  });
  const text = 'the judge needs about 150 more canary requests without a failure';
  expect(missingText(verdict(150))).toBe(text);
  expect(missingText(verdict(150), 2.5)).toBe(`${text}: about 1 min at the present rate`);
  expect(missingText(verdict(150), 0)).toBe(`${text}: none has arrived lately`);
  expect(missingText(verdict(null), 1)).toMatch(/^the judge cannot call the canary safe while/);
  expect(missingText({ ...verdict(1), kind: 'safe' }, 1)).toBeUndefined();
  expect(missingText({ ...verdict(1), evidence: {} }, 1)).toBeUndefined();
});
