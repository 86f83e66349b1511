import { describe, expect, it } from 'vitest';
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
const workload = (told: Partial<Workload>): HostSample => ({
  host: 'host-1',
  at: 0,
  disks: [],
  workloads: [{ id: 'c1', name: 'canary-1', memberId: 'canary-1', ...told }],
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

describe('a canary is condemned without statistics', () => {
  it('never, when nothing speaks against it', () => {
    expect(hardFailures()).toEqual([]);
    expect(hardFailures({ samples: [workload({ restartedAt: [], oomKilledAt: [] })] })).toEqual([]);
  });

  it('when it was killed for its memory since the trial began', () => {
    expect(hardFailures({ samples: [workload({ oomKilledAt: [100_001] })] })).toEqual([
      {
        kind: 'oom-killed',
        member: 'canary-1',
        sentence: 'canary member canary-1 was killed for lack of memory',
      },
    ]);
    expect(hardFailures({ samples: [workload({ oomKilledAt: [100_000] })] })).toEqual([]);
  });

  it('when it started again three times since the trial began', () => {
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

  it('when it has failed its health checks for five seconds', () => {
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

  it('after as many crashes and as long an illness as the settings say', () => {
    const settings = { restarts: 1, unhealthyMs: 20_000 };
    const kinds = (given: Partial<HardFailureInput>) =>
      hardFailures({ settings, ...given }).map((one) => one.kind);
    expect(kinds({ samples: [workload({ restartedAt: [110_000] })] })).toEqual(['crash-loop']);
    expect(kinds({ unhealthySince: new Map([['canary-1', 180_001]]) })).toEqual([]);
    expect(kinds({ unhealthySince: new Map([['canary-1', 180_000]]) })).toEqual(['unhealthy']);
  });
});

describe('a canary that fails its health checks', () => {
  const withIll = (ids: readonly string[], of = members) =>
    hardFailures({ members: of, unhealthySince: new Map(ids.map((id) => [id, 0])) });

  it('is blamed while most of the stable members pass theirs', () => {
    expect(withIll(['canary-1', 'stable-1'])).toHaveLength(1);
  });

  it('is not blamed when half of the stable members fail theirs too', () => {
    expect(withIll(['canary-1', 'stable-1', 'stable-2'])).toEqual([]);
    expect(withIll(['canary-1', 'stable-1'], members.slice(1))).toHaveLength(1);
    expect(withIll(['canary-1', 'stable-2'], members.slice(1))).toEqual([]);
  });

  it('is blamed where there is no stable member', () => {
    expect(withIll(['canary-1'], members.slice(3))).toHaveLength(1);
  });

  it('is not compared with stable members that are out of rotation', () => {
    const draining = members.map((one) =>
      one.id === 'stable-1' || one.id === 'stable-2' ? { ...one, state: 'draining' as const } : one,
    );
    expect(withIll(['canary-1', 'stable-1', 'stable-2'], draining)).toHaveLength(1);
  });
});

describe('nobody else is condemned', () => {
  const kills = (memberId: string): HostSample =>
    workload({
      memberId,
      oomKilledAt: [150_000],
      restartedAt: [1, 2, 3].map((at) => at + 150_000),
    });

  it('no stable member', () => {
    expect(
      hardFailures({ samples: [kills('stable-1')], unhealthySince: new Map([['stable-1', 0]]) }),
    ).toEqual([]);
  });

  it.each(['reserved', 'draining', 'ejected'] as const)('no canary that is %s', (state) => {
    const idle = members.map((one) => (one.id === 'canary-1' ? { ...one, state } : one));
    expect(hardFailures({ members: idle, samples: [kills('canary-1')] })).toEqual([]);
  });

  it('no canary for what another container did', () => {
    expect(hardFailures({ samples: [kills('canary-0')] })).toEqual([]);
  });
});

it('every canary is looked at, and every reason named', () => {
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
