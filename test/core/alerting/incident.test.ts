import { describe, expect, it } from 'vitest';
import {
  onBreach,
  onResolution,
  type Breach,
  type Incident,
} from '../../../runtime/core/alerting/incident.ts';
import { details, opening } from '../../support/incident.ts';

const quarter = 900_000;
const breach: Breach = { rule: 'host-disk', subject: 'host-1', details: details() };
const open = opening('host-disk', 'host-1', 1_000).incident;

function resolved(incident: Incident, at: number): Incident {
  const change = onResolution(incident, at, { summary: 'well again' });
  if (change === undefined) throw new Error('it was open');
  return change.incident;
}

describe('an incident', () => {
  it('opens with a breach', () => {
    expect(onBreach(undefined, breach, 1_000, quarter)).toEqual({
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
    });
  });

  it('is told of again only while it lasts, every quarter of an hour', () => {
    expect(onBreach(open, breach, 1_000 + quarter - 1, quarter)).toBeUndefined();
    const again = onBreach(open, breach, 1_000 + quarter, quarter);
    expect(again).toMatchObject({ transition: 're-alerted', incident: { openedAt: 1_000 } });
    if (again === undefined) return;
    expect(onBreach(again.incident, breach, 2_000 + quarter, quarter)).toBeUndefined();
  });

  it('is resolved once, with what is so then', () => {
    const change = onResolution(open, 5_000, { summary: 'disk / of host-1 is 50 % full' });
    expect(change).toMatchObject({
      transition: 'resolved',
      incident: { resolvedAt: 5_000, details: { summary: 'disk / of host-1 is 50 % full' } },
    });
    expect(onResolution(resolved(open, 5_000), 6_000, { summary: '' })).toBeUndefined();
  });

  it('of the same rule and subject is another one after that, and every change has its number', () => {
    const next = onBreach(resolved(open, 5_000), breach, 9_000, quarter);
    expect(next).toMatchObject({
      transition: 'opened',
      incident: { revision: 3, openedAt: 9_000 },
    });
    expect(next?.incident.id).not.toBe(open.id);
  });

  it('keeps, when it is resolved, where it was, and none of its numbers', () => {
    const where = {
      cause: 'errors',
      track: 'canary',
      version: '2',
      host: 'host-1',
      member: 'canary-1',
    } as const;
    const measured = { metric: 'm', value: 1, threshold: 2, unit: 'count' } as const;
    const told = { ...open, details: details({ ...where, measured, sinceMs: 1, evidence: 'e' }) };
    const over = onResolution(told, 5_000, { summary: 'over' });
    expect(over?.incident.details).toEqual({ summary: 'over', actions: [], ...where });
    expect(resolved(open, 5_000).details).toEqual({ summary: 'well again', actions: [] });
  });

  it('has a number for every change, re-alerts too', () => {
    const again = onBreach(open, breach, 1_000 + quarter, quarter);
    expect([open.revision, again?.incident.revision]).toEqual([1, 2]);
    expect(resolved(open, 5_000).revision).toBe(2);
  });

  it('with an id of its own is another one while the first is open, and the same one again', () => {
    const mine: Breach = { ...breach, id: 'canary-ejected|canary|7' };
    const next = onBreach(open, mine, 2_000, quarter);
    expect(next).toMatchObject({ transition: 'opened', incident: { id: mine.id, revision: 2 } });
    expect(onBreach(next?.incident, mine, 3_000, quarter)).toBeUndefined();
  });
});
