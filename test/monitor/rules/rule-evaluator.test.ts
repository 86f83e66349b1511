import { describe, expect, it } from 'vitest';
import { ejectingRules } from '../../../runtime/core/ejection/attribution.ts';
import type { Incident } from '../../../runtime/core/alerting/incident.ts';
import type { Reading } from '../../../runtime/core/alerting/readings.ts';
import { RuleEvaluator } from '../../../runtime/monitor/rules/rule-evaluator.ts';
import { opening } from '../../support/incident.ts';
import { member } from '../../support/release-document.ts';
import { ruleOf } from '../../support/evaluation.ts';
import { trialOf } from '../../support/trial.ts';

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
const open = (at: number, overrides: Partial<Incident> = {}) => {
  const { incident } = opening('busy', 'host-1', at);
  return new Map([['busy|host-1', { ...incident, ...overrides }]]);
};

describe('the book of thresholds', () => {
  it('knows of each subject for itself since when a rule is broken', () => {
    const book = new RuleEvaluator([cpu]);
    book.enter([readingOf(90), readingOf(10, 'host-2')], 0);
    const evaluations = book.enter([readingOf(90), readingOf(90, 'host-2')], 10_000);
    expect(evaluations.map(({ reading, state }) => [reading.subject, state])).toEqual([
      ['host-1', { kind: 'firing', sinceMs: 0 }],
      ['host-2', { kind: 'pending', sinceMs: 10_000 }],
    ]);
  });

  it('enters a reading for every rule on its metric and its subject', () => {
    const one = { ...cpu, id: 'one', subject: 'host-2' };
    const memory = { ...cpu, id: 'memory', metric: 'host.memory-percent' as const };
    const evaluations = new RuleEvaluator([cpu, one, memory]).enter(
      [readingOf(10), readingOf(10, 'host-2')],
      0,
    );
    expect(evaluations.map(({ rule, reading }) => `${rule.id} ${reading.subject}`)).toEqual([
      'busy host-1',
      'busy host-2',
      'one host-2',
    ]);
  });

  it('forgets a subject that is not read any more', () => {
    const book = new RuleEvaluator([cpu]);
    book.enter([readingOf(90)], 0);
    book.enter([], 5_000);
    expect(book.enter([readingOf(90)], 10_000)[0]?.state.kind).toBe('pending');
  });
});

describe('the book of a new leader', () => {
  const stateOf = (value: number | undefined, incidents: Map<string, Incident>) =>
    new RuleEvaluator([cpu]).enter([readingOf(value)], 500_000, incidents)[0]?.state;

  it('takes what is open for broken since then, until its value is well on the right side', () => {
    const broken = { kind: 'firing', sinceMs: 50_000 };
    expect(stateOf(90, open(50_000))).toEqual(broken);
    expect(stateOf(58, open(50_000))).toEqual(broken);
    expect(stateOf(undefined, open(50_000))).toEqual(broken);
    expect(stateOf(57, open(50_000))).toEqual({ kind: 'inactive', sinceMs: 500_000 });
  });

  it('knows since when from what was told', () => {
    const details = { summary: 'busy', actions: [], sinceMs: 40_000 };
    expect(stateOf(90, open(50_000, { details }))?.sinceMs).toBe(40_000);
  });

  it('begins anew with what was resolved', () => {
    expect(stateOf(90, open(50_000, { resolvedAt: 60_000 }))?.kind).toBe('pending');
  });

  it('does not blame the canary for what was broken before its trial', () => {
    const book = new RuleEvaluator([cpu]);
    const trial = trialOf({ startedAt: 100_000 });
    const members = [member('canary-1', 20_003)];
    const evaluations = book.enter([readingOf(90)], 500_000, open(50_000));
    expect(ejectingRules(evaluations, members, trial)).toEqual([]);
    expect(
      ejectingRules(book.enter([readingOf(90)], 510_000), members, trialOf({ startedAt: 1 })),
    ).toHaveLength(1);
  });
});
