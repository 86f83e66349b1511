import { describe, expect, test } from 'vitest';
import { ejectingRules } from '../../../runtime/core/ejection/attribution.ts';
import { evaluateRules, type RuleInputs } from '../../../runtime/core/alerting/evaluate-rules.ts';
import type { Incident } from '../../../runtime/core/alerting/incident.ts';
import type { Reading } from '../../../runtime/core/alerting/readings.ts';
import { opening } from '../../support/judge/incident.ts';
import { member } from '../../support/release-document.ts';
import { ruleOf } from '../../support/judge/evaluation.ts';
import { trialOf } from '../../support/judge/trial.ts';

const cpu = ruleOf({
  id: 'busy',
  metric: 'host.cpu-percent',
  threshold: 60,
  clearAt: 57,
  forMs: 10_000,
  actions: [{ kind: 'alert' }, { kind: 'eject-canary' }],
});
const readingOf = (value: number | undefined, subject = 'host-1'): Reading => ({
  metric: 'host.cpu-percent',
  subject,
  value,
  about: { host: subject },
});
const inputs = (
  readings: readonly Reading[],
  nowMs: number,
  overrides: Partial<RuleInputs> = {},
): RuleInputs => ({ rules: [cpu], readings, incidents: new Map(), nowMs, ...overrides });
const open = (at: number, overrides: Partial<Incident> = {}) => {
  const { incident } = opening('busy', 'host-1', at);
  return new Map([['busy|host-1', { ...incident, ...overrides }]]);
};

test('a rule has a state for each subject', () => {
  const first = inputs([readingOf(90), readingOf(10, 'host-2')], 0);
  const { states } = evaluateRules(new Map(), first);
  const second = inputs([readingOf(90), readingOf(90, 'host-2')], 10_000);
  const { evaluations } = evaluateRules(states, second);
  expect(evaluations.map(({ reading, state }) => [reading.subject, state])).toEqual([
    ['host-1', { kind: 'firing', sinceMs: 0 }],
    ['host-2', { kind: 'pending', sinceMs: 10_000 }],
  ]);
});

test('a reading is evaluated by every rule on its metric and its subject', () => {
  const one = { ...cpu, id: 'one', subject: 'host-2' };
  const memory = { ...cpu, id: 'memory', metric: 'host.memory-percent' as const };
  const rules = [cpu, one, memory];
  const readings = [readingOf(10), readingOf(10, 'host-2')];
  const { evaluations } = evaluateRules(new Map(), inputs(readings, 0, { rules }));
  expect(evaluations.map(({ rule, reading }) => `${rule.id} ${reading.subject}`)).toEqual([
    'busy host-1',
    'busy host-2',
    'one host-2',
  ]);
});

test('a subject without a reading loses its state', () => {
  const first = evaluateRules(new Map(), inputs([readingOf(90)], 0));
  const second = evaluateRules(first.states, inputs([], 5_000));
  const third = evaluateRules(second.states, inputs([readingOf(90)], 10_000));
  expect(third.evaluations[0]?.state.kind).toBe('pending');
});

test('an evaluation does not change the states that it begins with', () => {
  const { states } = evaluateRules(new Map(), inputs([readingOf(90)], 0));
  evaluateRules(states, inputs([readingOf(10)], 5_000));
  const { evaluations } = evaluateRules(states, inputs([readingOf(90)], 10_000));
  expect(evaluations[0]?.state).toEqual({ kind: 'firing', sinceMs: 0 });
});

describe('the first evaluation of a new leader', () => {
  const firstOf = (value: number | undefined, incidents: Map<string, Incident>) =>
    evaluateRules(new Map(), inputs([readingOf(value)], 500_000, { incidents }));
  const stateOf = (value: number | undefined, incidents: Map<string, Incident>) =>
    firstOf(value, incidents).evaluations[0]?.state;

  test('a rule with an open incident is firing since then, until its value is well on the right side', () => {
    const firing = { kind: 'firing', sinceMs: 50_000 };
    expect(stateOf(90, open(50_000))).toEqual(firing);
    expect(stateOf(58, open(50_000))).toEqual(firing);
    expect(stateOf(undefined, open(50_000))).toEqual(firing);
    expect(stateOf(57, open(50_000))).toEqual({ kind: 'inactive', sinceMs: 500_000 });
  });

  test('a rule with an open incident has been firing for as long as the incident says', () => {
    const details = { summary: 'busy', actions: [], sinceMs: 40_000 };
    expect(stateOf(90, open(50_000, { details }))?.sinceMs).toBe(40_000);
  });

  test('a rule with a resolved incident begins anew', () => {
    expect(stateOf(90, open(50_000, { resolvedAt: 60_000 }))?.kind).toBe('pending');
  });

  test('a rule that was firing before the trial does not eject the canary', () => {
    const trial = trialOf({ startedAt: 100_000 });
    const members = [member('canary-1', 20_003)];
    const { states, evaluations } = firstOf(90, open(50_000));
    expect(ejectingRules(evaluations, members, trial)).toEqual([]);
    const next = evaluateRules(states, inputs([readingOf(90)], 510_000));
    expect(ejectingRules(next.evaluations, members, trialOf({ startedAt: 1 }))).toHaveLength(1);
  });
});
