import { expect, test } from 'vitest';
import { lastingProblems } from '../../../runtime/monitor/judge/lasting-problems.ts';

const problem = {
  rule: 'source-failed',
  subject: 'host-1/docker',
  forMs: 10_000,
  details: { summary: 'docker on host-1 returns no data', actions: [] },
};

test('a problem is a breach once it has lasted for its time, with the time of its start', () => {
  const first = lastingProblems(new Map(), [problem], 1_000);
  expect(first.breaches).toEqual([]);
  expect(lastingProblems(first.since, [problem], 10_999).breaches).toEqual([]);
  expect(lastingProblems(first.since, [problem], 11_000).breaches).toEqual([
    {
      rule: 'source-failed',
      subject: 'host-1/docker',
      details: { ...problem.details, sinceMs: 1_000 },
    },
  ]);
});

test('a problem that was gone for a cycle begins anew', () => {
  const first = lastingProblems(new Map(), [problem], 1_000);
  const second = lastingProblems(first.since, [], 6_000);
  expect(second.since.size).toBe(0);
  expect(lastingProblems(second.since, [problem], 11_000).breaches).toEqual([]);
});
