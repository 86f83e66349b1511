import { expect, test } from 'vitest';
import { defaultTrialSettings } from '../../../runtime/core/analysis/advance-trial.ts';
import { defaultHardFailures } from '../../../runtime/core/analysis/hard-failures.ts';
import { defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';
import { flagsOf } from '../../../runtime/core/alerting/rule.ts';
import {
  decide,
  initialState,
  type DecisionInputs,
  type DecisionSettings,
} from '../../../runtime/monitor/judge/decide.ts';
import { ruleOf } from '../../support/judge/evaluation.ts';
import { trialDocument, trialOf } from '../../support/judge/trial.ts';

const settings: DecisionSettings = {
  rules: [ruleOf({ forMs: 0, actions: [{ kind: 'eject-canary' }] })],
  verdict: defaultVerdictSettings,
  hardFailures: defaultHardFailures,
  actions: [{ kind: 'eject-canary' }, { kind: 'kill-flag', flag: 'new_feature' }],
  ...defaultTrialSettings,
};
const inputs = (overrides: Partial<DecisionInputs> = {}): DecisionInputs => ({
  nowMs: 105_000,
  document: trialDocument(),
  reports: [],
  knownProxies: [],
  samples: [],
  incidents: new Map(),
  repair: undefined,
  edge: { certificates: [], reports: [] },
  trial: trialOf(),
  buckets: [],
  extraReadings: [],
  ...overrides,
});
const counts = (requests: number, failures = 0): TrackCounts => ({
  ...noCounts,
  requests,
  failures,
});
const failing: TrafficBucket = {
  startMs: 100_000,
  weight: 25,
  stable: counts(90),
  canary: counts(30, 12),
};
const memory = {
  metric: 'container.memory-bytes',
  subject: 'canary-1',
  value: 600e6,
  about: { member: 'canary-1' },
} as const;
const unhealthy = (id: string) => ({
  id,
  generation: 1,
  condition: 'fresh',
  inFlight: {},
  memberHealth: { 'canary-1': 'unhealthy' as const },
});

test('a decision without traffic is inconclusive and ejects nobody', () => {
  const { decision } = decide(initialState, inputs(), settings);
  expect(decision.verdict?.kind).toBe('inconclusive');
  expect(decision.ejection).toBeUndefined();
  expect(decision.rollout).toEqual({ kind: 'stay' });
});

test('a decision without a canary on trial has no verdict', () => {
  const document = { ...trialDocument(), weight: 0 };
  const { decision } = decide(initialState, inputs({ document }), settings);
  expect(decision.trial?.endedAt).toBe(105_000);
  expect(decision.verdict).toBeUndefined();
  expect(decision.ejection).toBeUndefined();
});

test('a harmful verdict is the reason of an ejection, before any rule', () => {
  const given = inputs({ buckets: [failing], extraReadings: [memory] });
  const { decision } = decide(initialState, given, settings);
  expect(decision.ejection).toMatchObject({ kind: 'verdict', verdict: { kind: 'harmful' } });
  const { ejection } = decision;
  expect(ejection?.kind === 'verdict' && flagsOf(ejection.actions)).toEqual(['new_feature']);
});

test('a firing rule is the reason of an ejection without a harmful verdict', () => {
  const { decision } = decide(initialState, inputs({ extraReadings: [memory] }), settings);
  expect(decision.ejection).toMatchObject({
    kind: 'rule',
    evaluation: { reading: memory, state: { kind: 'firing' } },
  });
});

test('a deadline that aborts the rollout is the reason of an ejection', () => {
  const step = { weight: 25, minDurationMs: 0, deadlineMs: 5_000, onDeadline: 'abort' as const };
  const rolling = { phase: 'progressing' as const, plan: [step], stepStartedAt: 100_000 };
  const document = { ...trialDocument(), ...rolling };
  const { decision } = decide(initialState, inputs({ document }), settings);
  const sentence = 'step 1 was inconclusive until its deadline';
  const evidence = '0 of 0 canary requests failed: not enough data yet';
  expect(decision.ejection).toEqual({ kind: 'deadline', sentence, evidence });
});

test('the next state carries rules and unhealthy members on, and the previous state stays as it was', () => {
  const pending = { ...settings, rules: [ruleOf({ forMs: 10_000 })] };
  const first = inputs({ extraReadings: [memory], reports: [unhealthy('proxy-1')] });
  const { state } = decide(initialState, first, pending);
  expect(initialState).toEqual({ ruleStates: new Map(), unhealthySince: new Map() });
  expect(state.unhealthySince).toEqual(new Map([['canary-1', 105_000]]));
  const later = { ...first, nowMs: 115_000 };
  const one = decide(state, later, pending);
  expect(decide(state, later, pending)).toEqual(one);
  expect(one.decision.evaluations[0]?.state).toEqual({ kind: 'firing', sinceMs: 105_000 });
  expect(one.decision.verdict).toMatchObject({ kind: 'harmful', evidence: { rule: 'unhealthy' } });
});

test('a workload without a version gets the one of the release document', () => {
  const workloads = [{ id: 'c1', name: 'canary-1', memberId: 'canary-1', memoryBytes: 1 }];
  const samples = [{ host: 'host-1', at: 1, disks: [], problems: [], workloads }];
  const { decision } = decide(initialState, inputs({ samples }), settings);
  expect(decision.evaluations[0]?.reading.about).toMatchObject({ version: '2' });
});
