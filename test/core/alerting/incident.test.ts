import { describe, expect, test } from 'vitest';
import {
  onBreach,
  onResolution,
  type Breach,
  type Incident,
} from '../../../runtime/core/alerting/incident.ts';
import { details, opening } from '../../support/judge/incident.ts';

const quarter = 900_000;
const at = (nowMs: number) => ({ nowMs, reAlertMs: quarter });
const breach: Breach = { rule: 'host-disk', subject: 'host-1', details: details() };
const open = opening('host-disk', 'host-1', 1_000).incident;

function resolved(incident: Incident, nowMs: number): Incident {
  const change = onResolution(incident, nowMs, { summary: 'back to normal' });
  if (change === undefined) throw new Error('it was open');
  return change.incident;
}

describe('an incident', () => {
  test('a breach opens an incident', () => {
    expect(onBreach(undefined, breach, at(1_000))).toEqual({
      transition: 'opened',
      incident: {
        id: 'host-disk|host-1|1000',
        rule: 'host-disk',
        subject: 'host-1',
        openedAt: 1_000,
        alertedAt: 1_000,
        resolvedAt: null,
        revision: 1,
        details: details(),
      },
      isNotified: true,
    });
  });

  test('an open incident alerts again every quarter of an hour', () => {
    expect(onBreach(open, breach, at(1_000 + quarter - 1))).toBeUndefined();
    const again = onBreach(open, breach, at(1_000 + quarter));
    expect(again).toMatchObject({ transition: 're-alerted', incident: { openedAt: 1_000 } });
    if (again === undefined) return;
    expect(onBreach(again.incident, breach, at(2_000 + quarter))).toBeUndefined();
  });

  test('an incident is resolved once, with the details of that time', () => {
    const change = onResolution(open, 5_000, { summary: 'disk / of host-1 is 50% full' });
    expect(change).toMatchObject({
      transition: 'resolved',
      incident: { resolvedAt: 5_000, details: { summary: 'disk / of host-1 is 50% full' } },
    });
    expect(onResolution(resolved(open, 5_000), 6_000, { summary: '' })).toBeUndefined();
  });

  test('a breach long after a resolution opens another incident, and every transition has a number', () => {
    const next = onBreach(resolved(open, 5_000), breach, at(605_001));
    expect(next).toMatchObject({
      transition: 'opened',
      incident: { revision: 3, openedAt: 605_001 },
    });
    expect(next?.incident.id).not.toBe(open.id);
  });

  test('a resolved incident keeps its host, member and cause, but none of its numbers', () => {
    const where = {
      cause: 'errors',
      track: 'canary',
      version: '2',
      host: 'host-1',
      member: 'canary-1',
    } as const;
    const measured = { metric: 'm', value: 1, threshold: 2, unit: 'count' } as const;
    const firing = { ...open, details: details({ ...where, measured, sinceMs: 1, evidence: 'e' }) };
    const resolvedChange = onResolution(firing, 5_000, { summary: 'resolved' });
    expect(resolvedChange?.incident.details).toEqual({
      summary: 'resolved',
      actions: [],
      nextSteps: [],
      ...where,
    });
    expect(resolved(open, 5_000).details).toEqual({
      summary: 'back to normal',
      actions: [],
      nextSteps: [],
    });
  });

  test('every transition of an incident has a number, re-alerts too', () => {
    const again = onBreach(open, breach, at(1_000 + quarter));
    expect([open.revision, again?.incident.revision]).toEqual([1, 2]);
    expect(resolved(open, 5_000).revision).toBe(2);
  });

  test('a breach with a new id opens another incident, and with the same id it does not', () => {
    const mine: Breach = { ...breach, id: 'canary-ejected|canary|7' };
    const next = onBreach(open, mine, at(2_000));
    expect(next).toMatchObject({ transition: 'opened', incident: { id: mine.id, revision: 2 } });
    expect(onBreach(next?.incident, mine, at(3_000))).toBeUndefined();
  });
});
