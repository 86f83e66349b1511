import type { Incident } from '../../core/alerting/incident.ts';
import {
  acknowledgementOf,
  silenceOf,
  type Acknowledgement,
  type Mutes,
  type Silence,
} from '../../core/alerting/mutes.ts';

/** Incident as the page shows it in full. Times are milliseconds since the epoch. */
export interface ShownIncident {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly openedAt: number;
  /** Null while it is open. */
  readonly resolvedAt: number | null;
  readonly details: Incident['details'];
  readonly isFlapping: boolean;
  readonly acknowledgement: Acknowledgement | null;
  readonly silence: Silence | null;
}

/** Resolved incident in a list. */
export interface ResolvedIncident extends Pick<
  ShownIncident,
  'id' | 'rule' | 'subject' | 'openedAt'
> {
  readonly resolvedAt: number;
  readonly summary: string;
}

const shownResolved = 20;

export function incidentView(incident: Incident, mutes: Mutes): ShownIncident {
  const { id, rule, subject, openedAt, resolvedAt, details, flapping } = incident;
  return {
    id,
    rule,
    subject,
    openedAt,
    resolvedAt,
    details,
    isFlapping: flapping !== undefined,
    acknowledgement: acknowledgementOf(mutes, incident) ?? null,
    silence: silenceOf(mutes, incident) ?? null,
  };
}

/** The newest resolved ones of both lists, the last resolved first. */
export function resolvedIncidents(
  stored: Iterable<Incident>,
  past: readonly Incident[],
): ResolvedIncident[] {
  return [...stored, ...past]
    .flatMap(({ id, rule, subject, openedAt, resolvedAt, details: { summary } }) =>
      resolvedAt === null ? [] : [{ id, rule, subject, openedAt, resolvedAt, summary }],
    )
    .toSorted((a, b) => b.resolvedAt - a.resolvedAt)
    .slice(0, shownResolved);
}
