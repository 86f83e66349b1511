import { describe, expect, test } from 'vitest';
import {
  defaultHardFailures,
  hardFailuresOf,
  type HardFailureInput,
} from '../../../runtime/core/analysis/hard-failures.ts';
import type { HostSample, Workload } from '../../../runtime/core/host/host-sample.ts';
import { member } from '../../support/release-document.ts';

const members = [
  member('stable-1', 20_001),
  member('stable-2', 20_002),
  member('stable-3', 20_003),
  member('canary-1', 20_004),
];
const workload = (overrides: Partial<Workload>): HostSample => ({
  host: 'host-1',
  at: 0,
  disks: [],
  workloads: [{ id: 'c1', name: 'canary-1', memberId: 'canary-1', ...overrides }],
  problems: [],
});
const hardFailures = (given: Partial<HardFailureInput> = {}) =>
  hardFailuresOf({
    members,
    samples: [],
    unhealthySince: new Map(),
    trialStartedAt: 100_000,
    settings: defaultHardFailures,
    nowMs: 200_000,
    ...given,
  });

describe('hard failures of a canary', () => {
  test('a canary without trouble has no hard failure', () => {
    expect(hardFailures()).toEqual([]);
    expect(hardFailures({ samples: [workload({ restartedAt: [], oomKilledAt: [] })] })).toEqual([]);
  });

  test('a canary that was killed for lack of memory since the trial began has a hard failure', () => {
    expect(hardFailures({ samples: [workload({ oomKilledAt: [100_001] })] })).toEqual([
      {
        kind: 'oom-killed',
        member: 'canary-1',
        sentence: 'canary member canary-1 was killed for lack of memory',
      },
    ]);
    expect(hardFailures({ samples: [workload({ oomKilledAt: [100_000] })] })).toEqual([]);
  });

  test('a canary that restarted three times since the trial began has a hard failure', () => {
    expect(
      hardFailures({ samples: [workload({ restartedAt: [99_000, 110_000, 120_000] })] }),
    ).toEqual([]);
    expect(
      hardFailures({ samples: [workload({ restartedAt: [110_000, 120_000, 130_000] })] }),
    ).toEqual([
      {
        kind: 'crash-loop',
        member: 'canary-1',
        sentence: 'canary member canary-1 crashed 3 times',
      },
    ]);
  });

  test('a canary that has failed its health checks for five seconds has a hard failure', () => {
    const since = (ms: number) => hardFailures({ unhealthySince: new Map([['canary-1', ms]]) });
    expect(since(195_001)).toEqual([]);
    expect(since(195_000)).toEqual([
      {
        kind: 'unhealthy',
        member: 'canary-1',
        sentence: 'canary member canary-1 has failed its health checks for 5 s',
      },
    ]);
  });

  test('the settings say how many restarts and how many unhealthy seconds are a hard failure', () => {
    const settings = { restarts: 1, unhealthyMs: 20_000 };
    const kinds = (given: Partial<HardFailureInput>) =>
      hardFailures({ settings, ...given }).map((one) => one.kind);
    expect(kinds({ samples: [workload({ restartedAt: [110_000] })] })).toEqual(['crash-loop']);
    expect(kinds({ unhealthySince: new Map([['canary-1', 180_001]]) })).toEqual([]);
    expect(kinds({ unhealthySince: new Map([['canary-1', 180_000]]) })).toEqual(['unhealthy']);
  });
});

describe('unhealthy canaries', () => {
  const withUnhealthy = (ids: readonly string[], of = members) =>
    hardFailures({ members: of, unhealthySince: new Map(ids.map((id) => [id, 0])) });

  test('an unhealthy canary has a hard failure while most stable members are healthy', () => {
    expect(withUnhealthy(['canary-1', 'stable-1'])).toHaveLength(1);
  });

  test('an unhealthy canary has no hard failure while half of the stable members are unhealthy too', () => {
    expect(withUnhealthy(['canary-1', 'stable-1', 'stable-2'])).toEqual([]);
    expect(withUnhealthy(['canary-1', 'stable-1'], members.slice(1))).toHaveLength(1);
    expect(withUnhealthy(['canary-1', 'stable-2'], members.slice(1))).toEqual([]);
  });

  test('an unhealthy canary has a hard failure if there is no stable member', () => {
    expect(withUnhealthy(['canary-1'], members.slice(3))).toHaveLength(1);
  });

  test('an unhealthy canary is not compared with inactive stable members', () => {
    const draining = members.map((one) =>
      one.id === 'stable-1' || one.id === 'stable-2' ? { ...one, state: 'draining' as const } : one,
    );
    expect(withUnhealthy(['canary-1', 'stable-1', 'stable-2'], draining)).toHaveLength(1);
  });
});

describe('members without a hard failure', () => {
  const kills = (memberId: string): HostSample =>
    workload({
      memberId,
      oomKilledAt: [150_000],
      restartedAt: [1, 2, 3].map((at) => at + 150_000),
    });

  test('a stable member has no hard failure', () => {
    expect(
      hardFailures({ samples: [kills('stable-1')], unhealthySince: new Map([['stable-1', 0]]) }),
    ).toEqual([]);
  });

  test.each(['reserved', 'draining', 'ejected'] as const)(
    'a canary that is %s has no hard failure',
    (state) => {
      const idle = members.map((one) => (one.id === 'canary-1' ? { ...one, state } : one));
      expect(hardFailures({ members: idle, samples: [kills('canary-1')] })).toEqual([]);
    },
  );

  test('a canary has no hard failure because of another container', () => {
    expect(hardFailures({ samples: [kills('canary-0')] })).toEqual([]);
  });
});

test('every canary is checked, and every hard failure named', () => {
  const two = [...members, member('canary-2', 20_005)];
  const samples = [
    workload({ oomKilledAt: [150_000], restartedAt: [150_001, 150_002, 150_003] }),
    { ...workload({ memberId: 'canary-2', oomKilledAt: [150_000] }), host: 'host-2' },
  ];
  const found = hardFailures({ members: two, samples, unhealthySince: new Map([['canary-2', 0]]) });
  expect(found.map(({ kind, member }) => `${member} ${kind}`)).toEqual([
    'canary-1 oom-killed',
    'canary-1 crash-loop',
    'canary-2 oom-killed',
    'canary-2 unhealthy',
  ]);
});
