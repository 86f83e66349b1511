import type { IncidentDetails } from '../../../runtime/core/alerting/incident-details.ts';
import { onBreach, type IncidentChange } from '../../../runtime/core/alerting/incident.ts';

export function details(overrides: Partial<IncidentDetails> = {}): IncidentDetails {
  return { summary: 'disk / of host-1 is 81% full', actions: [], ...overrides };
}

/** Transition that opens an incident. */
export function opening(rule: string, subject: string, at = 1_000): IncidentChange {
  const context = { nowMs: at, reAlertMs: 900_000 };
  const change = onBreach(undefined, { rule, subject, details: details() }, context);
  if (change === undefined) throw new Error('a first breach opens an incident');
  return change;
}
