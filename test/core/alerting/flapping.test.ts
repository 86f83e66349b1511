import { expect, test } from 'vitest';
import {
  isBreaching,
  onBreach,
  onResolution,
  onQuiet,
  type Breach,
  type Incident,
  type IncidentChange,
} from '../../../runtime/core/alerting/incident.ts';
import { details } from '../../support/judge/incident.ts';

const minuteMs = 60_000;
const breach: Breach = { rule: 'host-disk', subject: 'host-1', details: details() };
const good = { summary: 'disk / of host-1 is 60% full' };

/** One incident whose value goes bad and good, and the notifications of it. */
class Flapping {
  incident: Incident | undefined;
  readonly notified: string[] = [];
  readonly events: string[] = [];

  bad(nowMs: number): void {
    this.#apply(onBreach(this.incident, breach, { nowMs, reAlertMs: 15 * minuteMs }));
  }

  good(nowMs: number): void {
    if (this.incident === undefined) throw new Error('it never was bad');
    this.#apply(onResolution(this.incident, nowMs, good));
    if (this.incident !== undefined) this.#apply(onQuiet(this.incident, nowMs));
  }

  #apply(change: IncidentChange | undefined): void {
    if (change === undefined) return;
    expect(change.incident.revision).toBe((this.incident?.revision ?? 0) + 1);
    this.incident = change.incident;
    if (change.isNotified !== false) this.notified.push(change.transition);
    if (change.isLogged !== false) this.events.push(change.transition);
  }
}

test('a first opening and its resolution are notified at once', () => {
  const value = new Flapping();
  value.bad(1_000);
  value.good(2_000);
  expect(value.notified).toEqual(['opened', 'resolved']);
  expect(value.incident).toMatchObject({ resolvedAt: 2_000 });
  expect(value.incident).not.toHaveProperty('flapping');
});

test('a breach within ten minutes of the resolution reopens the incident, and is notified once', () => {
  const value = new Flapping();
  value.bad(0);
  value.good(minuteMs);
  value.bad(2 * minuteMs);
  expect(value.notified).toEqual(['opened', 'resolved', 're-alerted']);
  expect(value.incident).toMatchObject({
    id: 'host-disk|host-1|0',
    openedAt: 0,
    resolvedAt: null,
    flapping: { count: 2, sinceMs: 0 },
  });
  expect(value.incident?.details.summary).toBe(
    'disk / of host-1 is 81% full; flapping: 2 times in 2 min',
  );
});

test('a value that flaps for an hour notifies only at the reminders, and of its resolution once', () => {
  const value = new Flapping();
  for (let second = 0; second < 3_600; second += 1) {
    if (second % 3 === 0) value.bad(second * 1_000);
    else value.good(second * 1_000);
  }
  const reminders = ['re-alerted', 're-alerted', 're-alerted'];
  expect(value.notified).toEqual(['opened', 'resolved', 're-alerted', ...reminders]);
  expect(value.events).toEqual(value.notified);
  for (let second = 3_600; second < 7_200; second += 1) value.good(second * 1_000);
  expect(value.notified.slice(6)).toEqual(['resolved']);
  expect(value.incident?.details.summary).toBe(
    'disk / of host-1 is 60% full, and quiet for 10 min after flapping: 1200 times in 59 min 58 s',
  );
  expect(value.incident).toMatchObject({ resolvedAt: (3_598 + 600) * 1_000 });
  expect(value.incident).not.toHaveProperty('flapping');
});

test('a flapping incident is open while it is quiet, and does not breach then', () => {
  const value = new Flapping();
  value.bad(0);
  value.good(1_000);
  value.bad(2_000);
  expect(isBreaching(value.incident)).toBe(true);
  value.good(3_000);
  expect(value.incident).toMatchObject({ resolvedAt: null, flapping: { quietSinceMs: 3_000 } });
  expect(isBreaching(value.incident)).toBe(false);
});

test('a breach more than ten minutes after the resolution opens another incident', () => {
  const value = new Flapping();
  value.bad(0);
  value.good(1_000);
  value.bad(1_000 + 10 * minuteMs + 1);
  expect(value.notified).toEqual(['opened', 'resolved', 'opened']);
  expect(value.incident?.id).toBe(`host-disk|host-1|${1_000 + 10 * minuteMs + 1}`);
});

test('a breach with an id of its own never reopens the incident before it', () => {
  const value = new Flapping();
  value.bad(0);
  value.good(1_000);
  const another = { ...breach, id: 'canary-ejected|canary|2000' };
  const change = onBreach(value.incident, another, { nowMs: 2_000, reAlertMs: minuteMs });
  expect(change).toMatchObject({ transition: 'opened', incident: { id: another.id } });
});
