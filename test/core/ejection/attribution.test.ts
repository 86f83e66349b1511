import { describe, expect, it } from 'vitest';
import { ejectingRules, alertingRules } from '../../../runtime/core/ejection/attribution.ts';
import type { Trial } from '../../../runtime/core/analysis/trial.ts';
import { member } from '../../support/release-document.ts';
import { evaluationOf, type EvaluationOptions } from '../../support/evaluation.ts';
import { trialOf } from '../../support/trial.ts';

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

describe('people are told of a broken rule', () => {
  const isTold = (options: EvaluationOptions, others: EvaluationOptions[] = [], of = members) => {
    const evaluation = evaluationOf(options);
    return alertingRules([evaluation, ...others.map(evaluationOf)], of, trial).includes(evaluation);
  };

  it.each(['alert', 'kill-flag'] as const)('that has the action %s', (action) => {
    expect(isTold({ ...canary, actions: [action] })).toBe(true);
  });

  it.each(['eject-canary', 'raise-memory'] as const)('but not for the action %s', (action) => {
    expect(isTold({ ...canary, actions: [action] })).toBe(false);
  });

  it('that would take the canary out, had it not been broken before the trial', () => {
    const before = { ...host('host-1'), actions: ['eject-canary'] as const, sinceMs: 99_999 };
    expect(isTold(before)).toBe(true);
    expect(isTold({ ...before, sinceMs: 100_000 })).toBe(false);
    expect(alertingRules([evaluationOf(before)], members, undefined)).toEqual([]);
  });

  it.each(['inactive', 'pending'] as const)('but not of one that is %s', (state) => {
    expect(isTold({ ...canary, state })).toBe(false);
  });

  it('of a stable member, and of a host', () => {
    expect([isTold(stable), isTold(host('host-2'))]).toEqual([true, true]);
  });

  it('but not of a canary that is out of rotation', () => {
    expect(isTold(canary, [], ejected)).toBe(false);
    expect(isTold({ subject: 'canary', about: { track: 'canary' } }, [], ejected)).toBe(false);
  });

  it('of the one canary that is in rotation, though another one is out', () => {
    const one = member('canary-2', 20_004);
    expect(isTold(canary, [], [...members, { ...one, state: 'ejected' }])).toBe(true);
    const out = { subject: 'canary-2', about: { member: 'canary-2' } };
    expect(isTold(out, [], [...members, { ...one, state: 'ejected' }])).toBe(false);
  });

  it.each(['firing', 'pending'] as const)('of stable alone, when its rule is %s too', (state) => {
    expect(isTold(canary, [{ ...stable, state }])).toBe(false);
    expect(isTold(stable, [canary])).toBe(true);
  });

  it('of the canary, when stable keeps that rule or breaks another one', () => {
    expect(isTold(canary, [{ ...stable, state: 'inactive' }])).toBe(true);
    expect(isTold(canary, [{ ...stable, rule: { id: 'container-cpu' } }])).toBe(true);
  });
});

describe('the canary goes out for a broken rule', () => {
  const goesOut = (options: EvaluationOptions, others: EvaluationOptions[] = [], of = members) => {
    const evaluation = evaluationOf({ actions: ['eject-canary'], ...options });
    const all = [evaluation, ...others.map((other) => evaluationOf({ ...other }))];
    return ejectingRules(all, of, trial).includes(evaluation);
  };

  it('that says so', () => {
    expect(goesOut(canary)).toBe(true);
    expect(goesOut({ ...canary, actions: ['alert'] })).toBe(false);
  });

  it.each(['inactive', 'pending'] as const)('but not for one that is %s', (state) => {
    expect(goesOut({ ...canary, state })).toBe(false);
  });

  it.each(['firing', 'pending'] as const)('but not when it is %s for stable too', (state) => {
    expect(goesOut(canary, [{ ...stable, state }])).toBe(false);
  });

  it('when stable keeps it, however near to the threshold', () => {
    expect(goesOut(canary, [{ ...stable, state: 'inactive', value: 499e6 }])).toBe(true);
  });

  it('of its track, while that has an active member', () => {
    const track: EvaluationOptions = {
      subject: 'canary',
      metric: 'track.failure-percent',
      about: { track: 'canary' },
    };
    expect(goesOut(track)).toBe(true);
    expect(goesOut(track, [], ejected)).toBe(false);
  });

  it('but not for what stable does', () => {
    expect(goesOut(stable)).toBe(false);
    expect(goesOut({ subject: 'stable', metric: 'track.p95-ms', about: { track: 'stable' } })).toBe(
      false,
    );
  });

  it('but not for a container that is no member', () => {
    expect(goesOut({ subject: 'perch-proxy', about: { host: 'host-1' } })).toBe(false);
  });

  it('of a host where it runs, and of no other', () => {
    expect(goesOut(host('host-1'))).toBe(true);
    expect(goesOut(host('host-2'))).toBe(false);
    expect(goesOut(host('host-1'), [], ejected)).toBe(false);
  });

  it('but not when a host without a canary breaks it too, or is about to', () => {
    const other = (state: 'inactive' | 'pending' | 'firing') => ({ ...host('host-2'), state });
    expect(goesOut(host('host-1'), [other('firing')])).toBe(false);
    expect(goesOut(host('host-1'), [other('pending')])).toBe(false);
    expect(goesOut(host('host-1'), [other('inactive')])).toBe(true);
    expect(goesOut(host('host-1'), [host('of-no-member')])).toBe(true);
  });

  it('of an alarm, whatever that is about', () => {
    expect(goesOut({ subject: 'orders-fail', metric: 'alarm.state', about: {} })).toBe(true);
  });

  it('but not for one that was broken before the trial began', () => {
    expect(goesOut({ ...host('host-1'), sinceMs: 99_999 })).toBe(false);
    expect(goesOut({ ...host('host-1'), sinceMs: 100_000 })).toBe(true);
  });

  it('for what a member of it did before the trial already', () => {
    expect(goesOut({ ...canary, sinceMs: 1 })).toBe(true);
  });
});
