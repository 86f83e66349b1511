import { expect, test } from 'vitest';
import {
  addedCounts,
  type CountsOfProxies,
  type MemberReport,
} from '../../../runtime/core/analysis/member-counts.ts';

const ids = { memberId: 'new', otherIds: new Set(['old-1', 'old-2']) };
const counts = (requests: number, failures = 0) => ({ requests, failures });

function report(memberCounts: MemberReport['memberCounts'], overrides: object = {}): MemberReport {
  return { id: 'proxy-1', memberHealth: { new: 'healthy' }, memberCounts, ...overrides };
}

function added(...rounds: readonly (readonly MemberReport[])[]) {
  let counted: CountsOfProxies = new Map();
  return rounds.map((reports) => {
    const result = addedCounts(counted, reports, ids);
    counted = result.counted;
    return result.added;
  });
}

test('the first report of a proxy is only what later ones are measured from', () => {
  const first = report({ new: counts(3, 1), 'old-1': counts(900, 40) });
  const second = report({ new: counts(10, 6), 'old-1': counts(920, 41), 'old-2': counts(5) });
  expect(added([first], [second], [second])).toEqual([
    { member: counts(0), others: counts(0) },
    { member: counts(7, 5), others: counts(25, 1) },
    { member: counts(0), others: counts(0) },
  ]);
});

test('the counts of several proxies add up, and one of an older version adds nothing', () => {
  const other = { id: 'proxy-2' };
  const before = [report({}), report({}, other), report(undefined, { id: 'proxy-3' })];
  const after = [
    report({ new: counts(4, 1), 'old-1': counts(8) }),
    report({ new: counts(2), 'old-2': counts(3, 3), 'canary-1': counts(9, 9) }, other),
    report(undefined, { id: 'proxy-3' }),
  ];
  expect(added(before, after)[1]).toEqual({ member: counts(6, 1), others: counts(11, 3) });
});

test('a proxy that counts anew adds all that it has counted since', () => {
  const rounds = [report({ new: counts(50, 9) }), report({ new: counts(4, 1) })];
  expect(added(...rounds.map((one) => [one]))[1]).toEqual({
    member: counts(4, 1),
    others: counts(0),
  });
});

test('what the others do while the member gets no request because it is unhealthy does not count', () => {
  const unhealthy = { memberHealth: { new: 'unhealthy' } };
  const start = report({});
  const failing = report({ new: counts(5, 5), 'old-1': counts(5) }, unhealthy);
  const later = report({ new: counts(5, 5), 'old-1': counts(90, 90) }, unhealthy);
  expect(added([start], [failing], [later]).slice(1)).toEqual([
    { member: counts(5, 5), others: counts(5) },
    { member: counts(0), others: counts(0) },
  ]);
});
