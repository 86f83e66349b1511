import { z } from 'zod';
import { readingStoredNames } from './stored-details.ts';
import { incidentDetailsSchema, type IncidentDetails } from './incident-details.ts';

/**
 * One breach of one rule by one subject, from its opening to its resolution. It is stored under
 * `rule|subject`; a resolved one stays until the next breach takes its place.
 */
export const incidentSchema = readingStoredNames(
  z.object({
    /** Differs for every breach: `rule|subject|openedAt`. */
    id: z.string(),
    rule: z.string(),
    /** Whom the rule is about: a host, a member, a track, a source. */
    subject: z.string(),
    openedAt: z.int(),
    /** When people were last told that it is open. */
    alertedAt: z.int(),
    resolvedAt: z.int().nullable(),
    /** Grows with every change, so that each change is made once. */
    revision: z.int().min(1),
    details: incidentDetailsSchema,
  }),
);

export type Incident = z.infer<typeof incidentSchema>;

export const incidentTransitions = ['opened', 're-alerted', 'resolved'] as const;
export type IncidentTransition = (typeof incidentTransitions)[number];

/** One subject's breach of one rule, as it stands now. */
export interface Breach {
  readonly rule: string;
  readonly subject: string;
  readonly details: IncidentDetails;
  /** Where a decision that was stored before gives the incident its id; a new id, a new incident. */
  readonly id?: string;
}

export interface IncidentChange {
  readonly transition: IncidentTransition;
  readonly incident: Incident;
}

export function incidentKey(of: Pick<Incident, 'rule' | 'subject'>): string {
  return `${of.rule}|${of.subject}`;
}

/**
 * What a breach makes of the incident that is stored: opens one, tells again of one that has been
 * open for `reAlertMs` since people last heard of it, or nothing.
 */
export function onBreach(
  stored: Incident | undefined,
  breach: Breach,
  nowMs: number,
  reAlertMs: number,
): IncidentChange | undefined {
  const { rule, subject, details } = breach;
  const another = breach.id !== undefined && breach.id !== stored?.id;
  if (stored === undefined || stored.resolvedAt !== null || another) {
    const incident: Incident = {
      id: breach.id ?? `${incidentKey(breach)}|${nowMs}`,
      rule,
      subject,
      openedAt: nowMs,
      alertedAt: nowMs,
      resolvedAt: null,
      revision: (stored?.revision ?? 0) + 1,
      details,
    };
    return { transition: 'opened', incident };
  }
  if (nowMs - stored.alertedAt < reAlertMs) return undefined;
  const incident = { ...stored, alertedAt: nowMs, revision: stored.revision + 1, details };
  return { transition: 're-alerted', incident };
}

/** The end of an open incident; nothing for one that is over. */
export function onResolution(
  stored: Incident,
  nowMs: number,
  recovery: Pick<IncidentDetails, 'summary'> & Partial<IncidentDetails>,
): IncidentChange | undefined {
  if (stored.resolvedAt !== null) return undefined;
  const incident = {
    ...stored,
    resolvedAt: nowMs,
    revision: stored.revision + 1,
    details: { ...whereabouts(stored.details), actions: [], ...recovery },
  };
  return { transition: 'resolved', incident };
}

/** What is so of an incident however it stands; its numbers are not. */
function whereabouts({
  cause,
  track,
  version,
  host,
  member,
}: IncidentDetails): Partial<IncidentDetails> {
  return {
    ...(cause !== undefined && { cause }),
    ...(track !== undefined && { track }),
    ...(version !== undefined && { version }),
    ...(host !== undefined && { host }),
    ...(member !== undefined && { member }),
  };
}
