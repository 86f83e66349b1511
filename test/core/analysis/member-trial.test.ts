import { expect, test } from 'vitest';
import type { MemberReport } from '../../../runtime/core/analysis/member-counts.ts';
import {
  advanceMemberTrial,
  beginMemberTrial,
  comparedMembers,
  type MemberOutcome,
  type MemberTrialInput,
} from '../../../runtime/core/analysis/member-trial.ts';
import { member } from '../../support/release-document.ts';

const fresh = member('stable-new', 1, { version: '2' });
const old = [1, 2, 3, 4].map((number) => member(`stable-${number}`, number + 1));
const everybody = [fresh, ...old];
const startedAt = 1_000_000;
const mostMs = 10_000;

interface Second {
  /** Requests of the new member and of all others in this second, and the failures of each. */
  readonly own?: readonly [requests: number, failures: number];
  readonly others?: readonly [requests: number, failures: number];
  readonly health?: Readonly<Record<string, 'healthy' | 'unhealthy'>>;
  readonly counts?: boolean;
  readonly samples?: MemberTrialInput['samples'];
}

const first: Second = {};

/** Runs a trial of a second for each entry; returns its outcome and the second in which it came. */
function judge(seconds: readonly Second[], members = everybody) {
  let trial = beginMemberTrial(fresh.id, startedAt);
  const sums = { own: [0, 0], others: [0, 0] };
  for (const [second, given] of [first, ...seconds].entries()) {
    const { own = [0, 0], others = [0, 0], health, counts = true, samples = [] } = given;
    sums.own = sums.own.map((sum, index) => sum + (own[index] ?? 0));
    sums.others = sums.others.map((sum, index) => sum + (others[index] ?? 0));
    const healthy = Object.fromEntries(members.map(({ id }) => [id, 'healthy' as const]));
    const report: MemberReport = {
      id: 'proxy-1',
      memberHealth: { ...healthy, ...health },
      memberCounts: counts
        ? { [fresh.id]: countsOf(sums.own), 'stable-1': countsOf(sums.others) }
        : undefined,
    };
    const nowMs = startedAt + second * 1_000;
    const input = { members, reports: [report], samples, nowMs, mostMs };
    const advanced = advanceMemberTrial(trial, input);
    if (advanced.outcome.kind !== 'running') return { second, ...advanced.outcome };
    trial = advanced.trial;
  }
  return { kind: 'running' };
}

function countsOf([requests = 0, failures = 0]: readonly number[]) {
  return { requests, failures };
}

const steady = (second: Second, count = 12) => Array.from({ length: count }, () => second);

test('a member that answers nothing but 5xx is bad after a handful of requests', () => {
  expect(judge(steady({ own: [5, 5], others: [20, 0] }))).toEqual({
    kind: 'bad',
    second: 1,
    sentence: '5 of its 5 requests failed, against 0 of 20 of the other 4 members',
  });
});

test('a member that fails 5% of its requests is bad where the others fail none', () => {
  const outcome = judge(steady({ own: [40, 2], others: [160, 0] }));
  expect(outcome).toMatchObject({ kind: 'bad', second: 2 });
});

test('a member is not blamed for an outage that all members share', () => {
  const outage = { own: [40, 30], others: [160, 120] } as const;
  expect(judge(steady(outage))).toMatchObject({
    kind: 'good',
    second: 3,
    sentence: '90 of its 120 requests failed, against 360 of 480 of the other 4 members, in 3 s',
  });
});

test('a member is good as soon as it is safe, but no health check is left out', () => {
  expect(judge(steady({ own: [400, 0], others: [1_600, 0] }))).toEqual({
    kind: 'good',
    second: 3,
    sentence: '0 of its 1200 requests failed, against 0 of 4800 of the other 4 members, in 3 s',
  });
});

test('a member that is neither bad nor proven safe is good when the time is over', () => {
  expect(judge(steady({ own: [10, 0], others: [40, 0] }))).toEqual({
    kind: 'good',
    second: 10,
    sentence:
      '0 of its 100 requests failed, against 0 of 400 of the other 4 members, in 10 s: no harm found',
  });
});

test('a member with little traffic is good when the time is over, and it is said', () => {
  expect(judge(steady({ own: [1, 0], others: [4, 0] }))).toEqual({
    kind: 'good',
    second: 10,
    sentence:
      '0 of its 10 requests failed, against 0 of 40 of the other 4 members, in 10 s: too little traffic to find small harm',
  });
});

test('a member that stays unhealthy for 5 s is bad, and one that is back before is not', () => {
  const health = { [fresh.id]: 'unhealthy' } as const;
  const traffic = { own: [10, 0], others: [40, 0] } as const;
  expect(judge(steady({ health }))).toMatchObject({
    kind: 'bad',
    second: 6,
    sentence: 'it has been unhealthy for 5 s, and most of the other members are not',
  });
  const slowStart = [...steady({ health }, 4), ...steady(traffic)];
  expect(judge(slowStart)).toMatchObject({ kind: 'good', second: 10 });
  const late = [...steady(traffic, 8), ...steady({ health }, 2)];
  expect(judge(late)).toMatchObject({ kind: 'bad', second: 10 });
});

test('a proxy that finds half of the other members unhealthy too does not blame the new one', () => {
  const health = {
    [fresh.id]: 'unhealthy',
    'stable-1': 'unhealthy',
    'stable-2': 'unhealthy',
  } as const;
  expect(judge(steady({ health }))).toMatchObject({ kind: 'good', second: 10 });
});

test('a member that crashes or is killed for lack of memory is bad, unless that was before', () => {
  const sample = (times: object) => [
    { workloads: [{ id: 'c', name: fresh.id, memberId: fresh.id, ...times }] },
  ];
  const traffic = { own: [10, 0], others: [40, 0] } as const;
  const during = (times: object) => judge(steady({ ...traffic, samples: sample(times) }));
  expect(during({ restartedAt: [startedAt + 1] })).toMatchObject({ sentence: 'it crashed' });
  expect(during({ oomKilledAt: [startedAt + 1] })).toMatchObject({
    kind: 'bad',
    sentence: 'it was killed for lack of memory',
  });
  expect(during({ restartedAt: [startedAt] })).toMatchObject({ kind: 'good' });
});

test('nothing is waited for without other members, or without a proxy', () => {
  expect(judge([], [fresh])).toMatchObject({ kind: 'good', second: 0 });
  const nobody = { members: everybody, reports: [], samples: [], nowMs: startedAt, mostMs };
  const { outcome } = advanceMemberTrial(beginMemberTrial(fresh.id, startedAt), nobody);
  expect(outcome).toMatchObject({ kind: 'good' } satisfies Partial<MemberOutcome>);
});

test('beside proxies of an older version only the health is waited for', () => {
  expect(judge(steady({ counts: false }))).toEqual({
    kind: 'good',
    second: 3,
    sentence: 'it is healthy; the proxies are of a version that does not count by member',
  });
});

test('a member is compared with active ones of its track of another version, else with all', () => {
  const ids = (members: typeof everybody) => comparedMembers(members, fresh.id).map(({ id }) => id);
  const twin = member('stable-twin', 9, { version: '2' });
  const elsewhere = [
    member('canary-1', 10),
    member('stable-5', 11, { state: 'draining' }),
    member('stable-6', 12, { state: 'ejected' }),
  ];
  expect(ids([...everybody, twin, ...elsewhere])).toEqual(old.map(({ id }) => id));
  expect(ids([fresh, twin, ...elsewhere])).toEqual(['stable-twin']);
  expect(ids([fresh, ...elsewhere])).toEqual([]);
});
