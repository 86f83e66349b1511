import { expect, test } from 'vitest';
import {
  defaultSafety,
  safetyBound,
  safetyScore,
} from '../../../runtime/core/analysis/safety-test.ts';

function isSafe(requests: number, failures: number): boolean {
  return safetyScore({ requests, failures }, defaultSafety) >= safetyBound(defaultSafety);
}

test('65 requests without a failure are safe, and 64 are not', () => {
  expect([isSafe(64, 0), isSafe(65, 0)]).toEqual([false, true]);
});

test('each failure takes 50 more good requests', () => {
  const needed = (failures: number) => {
    let requests = failures;
    while (!isSafe(requests, failures)) requests += 1;
    return requests;
  };
  expect([needed(0), needed(1), needed(2)]).toEqual([65, 116, 167]);
});

test('no data is not safe', () => {
  expect(isSafe(0, 0)).toBe(false);
});
