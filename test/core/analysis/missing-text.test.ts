import { expect, test } from 'vitest';
import { missingText } from '../../../runtime/core/analysis/missing-text.ts';

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
