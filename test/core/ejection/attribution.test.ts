import { describe, expect, test } from 'vitest';
import { ejectingRules, alertingRules } from '../../../runtime/core/ejection/attribution.ts';
import type { Trial } from '../../../runtime/core/analysis/trial.ts';
import { member } from '../../support/release-document.ts';
import { evaluationOf, type EvaluationOptions } from '../../support/judge/evaluation.ts';
import { trialOf } from '../../support/judge/trial.ts';

const members = [
  member('stable-1', 20_001, { host: 'host-1' }),
  member('stable-2', 20_002, { host: 'host-2' }),
  member('canary-1', 20_003, { host: 'host-1' }),
];
const ejected = members.map((one) =>
  one.track === 'canary' ? { ...one, state: 'ejected' as const } : one,
);
const trial: Trial = trialOf({ startedAt: 100_000 });

const canary: EvaluationOptions = { subject: 'canary-1', about: { member: 'canary-1' } };
const stable: EvaluationOptions = { subject: 'stable-1', about: { member: 'stable-1' } };
const host = (name: string): EvaluationOptions => ({
  subject: name,
  metric: 'host.cpu-percent',
  about: { host: name },
});

describe('rules that people are notified of', () => {
  const isNotified = (
    options: EvaluationOptions,
    others: EvaluationOptions[] = [],
    of = members,
  ) => {
    const evaluation = evaluationOf(options);
    return alertingRules([evaluation, ...others.map(evaluationOf)], of, trial).includes(evaluation);
  };

  test.each(['alert', 'kill-flag'] as const)(
    'people are notified of a firing rule with the action %s',
    (action) => {
      expect(isNotified({ ...canary, actions: [action] })).toBe(true);
    },
  );

  test.each(['eject-canary', 'raise-memory'] as const)(
    'people are not notified of a firing rule with only the action %s',
    (action) => {
      expect(isNotified({ ...canary, actions: [action] })).toBe(false);
    },
  );

  test('people are notified of a rule that does not eject the canary because it was firing before the trial', () => {
    const before = { ...host('host-1'), actions: ['eject-canary'] as const, sinceMs: 99_999 };
    expect(isNotified(before)).toBe(true);
    expect(isNotified({ ...before, sinceMs: 100_000 })).toBe(false);
    expect(alertingRules([evaluationOf(before)], members, undefined)).toEqual([]);
  });

  test.each(['inactive', 'pending'] as const)(
    'people are not notified of a rule that is %s',
    (state) => {
      expect(isNotified({ ...canary, state })).toBe(false);
    },
  );

  test('people are notified of a firing rule of a stable member and of a host', () => {
    expect([isNotified(stable), isNotified(host('host-2'))]).toEqual([true, true]);
  });

  test('people are not notified of a firing rule of an ejected canary', () => {
    expect(isNotified(canary, [], ejected)).toBe(false);
    expect(isNotified({ subject: 'canary', about: { track: 'canary' } }, [], ejected)).toBe(false);
  });

  test('people are notified of a firing rule of the active canary member while another one is ejected', () => {
    const one = member('canary-2', 20_004);
    expect(isNotified(canary, [], [...members, { ...one, state: 'ejected' }])).toBe(true);
    const out = { subject: 'canary-2', about: { member: 'canary-2' } };
    expect(isNotified(out, [], [...members, { ...one, state: 'ejected' }])).toBe(false);
  });

  test.each(['firing', 'pending'] as const)(
    'people are notified of the stable member alone if its rule is %s too',
    (state) => {
      expect(isNotified(canary, [{ ...stable, state }])).toBe(false);
      expect(isNotified(stable, [canary])).toBe(true);
    },
  );

  test('people are notified of the canary if the rule of stable is inactive or another one', () => {
    expect(isNotified(canary, [{ ...stable, state: 'inactive' }])).toBe(true);
    expect(isNotified(canary, [{ ...stable, rule: { id: 'container-cpu' } }])).toBe(true);
  });
});

describe('rules that eject the canary', () => {
  const ejects = (options: EvaluationOptions, others: EvaluationOptions[] = [], of = members) => {
    const evaluation = evaluationOf({ actions: ['eject-canary'], ...options });
    const all = [evaluation, ...others.map((other) => evaluationOf({ ...other }))];
    return ejectingRules(all, of, trial).includes(evaluation);
  };

  test('a firing rule ejects the canary only with the action eject-canary', () => {
    expect(ejects(canary)).toBe(true);
    expect(ejects({ ...canary, actions: ['alert'] })).toBe(false);
  });

  test.each(['inactive', 'pending'] as const)(
    'a rule that is %s does not eject the canary',
    (state) => {
      expect(ejects({ ...canary, state })).toBe(false);
    },
  );

  test.each(['firing', 'pending'] as const)(
    'a firing rule that is %s for stable too does not eject the canary',
    (state) => {
      expect(ejects(canary, [{ ...stable, state }])).toBe(false);
    },
  );

  test('a firing rule ejects the canary while stable is just below the threshold', () => {
    expect(ejects(canary, [{ ...stable, state: 'inactive', value: 499e6 }])).toBe(true);
  });

  test('a firing rule of the canary track ejects the canary while it has an active member', () => {
    const track: EvaluationOptions = {
      subject: 'canary',
      metric: 'track.failure-percent',
      about: { track: 'canary' },
    };
    expect(ejects(track)).toBe(true);
    expect(ejects(track, [], ejected)).toBe(false);
  });

  test('a firing rule of stable does not eject the canary', () => {
    expect(ejects(stable)).toBe(false);
    expect(ejects({ subject: 'stable', metric: 'track.p95-ms', about: { track: 'stable' } })).toBe(
      false,
    );
  });

  test('a firing rule of a container that is not a member does not eject the canary', () => {
    expect(ejects({ subject: 'perch-proxy', about: { host: 'host-1' } })).toBe(false);
  });

  test('a firing rule of a host ejects the canary only if the canary runs there', () => {
    expect(ejects(host('host-1'))).toBe(true);
    expect(ejects(host('host-2'))).toBe(false);
    expect(ejects(host('host-1'), [], ejected)).toBe(false);
  });

  test('a firing rule of a host does not eject the canary if a host without a canary breaks it too or is about to', () => {
    const other = (state: 'inactive' | 'pending' | 'firing') => ({ ...host('host-2'), state });
    expect(ejects(host('host-1'), [other('firing')])).toBe(false);
    expect(ejects(host('host-1'), [other('pending')])).toBe(false);
    expect(ejects(host('host-1'), [other('inactive')])).toBe(true);
    expect(ejects(host('host-1'), [host('of-no-member')])).toBe(true);
  });

  test('a firing alarm with eject-canary ejects the canary', () => {
    expect(ejects({ subject: 'orders-fail', metric: 'alarm.state', about: {} })).toBe(true);
  });

  test('a rule of a host that was firing before the trial does not eject the canary', () => {
    expect(ejects({ ...host('host-1'), sinceMs: 99_999 })).toBe(false);
    expect(ejects({ ...host('host-1'), sinceMs: 100_000 })).toBe(true);
  });

  test('a rule of a canary member ejects the canary even if it was firing before the trial', () => {
    expect(ejects({ ...canary, sinceMs: 1 })).toBe(true);
  });
});
