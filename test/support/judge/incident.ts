import type { IncidentDetails } from '../../../runtime/core/alerting/incident-details.ts';
import {
  onBreach,
  onResolution,
  type IncidentChange,
} from '../../../runtime/core/alerting/incident.ts';

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

/** Transition that resolves what a change opened. */
export function recovery(
  { incident }: Pick<IncidentChange, 'incident'>,
  at = 5_000,
  summary = 'all is well',
): IncidentChange {
  const change = onResolution(incident, at, { summary });
  if (change === undefined) throw new Error('it was open');
  return change;
}
