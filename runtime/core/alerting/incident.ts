import { z } from 'zod';
import { readingStoredNames } from './stored-details.ts';
import { incidentDetailsSchema, type IncidentDetails } from './incident-details.ts';

/**
 * One breach of one rule by one subject, from opening to resolution. It is stored under
 * `rule|subject`, and stays there once resolved, until the next breach replaces it.
 */
export const incidentSchema = readingStoredNames(
  z.object({
    /** `rule|subject|openedAt`, so each breach has its own. */
    id: z.string(),
    rule: z.string(),
    /** Name of the host, member, track or source that breaks the rule. */
    subject: z.string(),
    /** Milliseconds since the epoch, like the other times. */
    openedAt: z.int(),
    /** Time of the last notification that it is open. */
    alertedAt: z.int(),
    /** Null while it is open. */
    resolvedAt: z.int().nullable(),
    /** Grows with every transition, so that each is made once. */
    revision: z.int().min(1),
    details: incidentDetailsSchema,
  }),
);

export type Incident = z.infer<typeof incidentSchema>;

export const incidentTransitions = ['opened', 're-alerted', 'resolved'] as const;
export type IncidentTransition = (typeof incidentTransitions)[number];

/** One subject's breach of one rule, as of now. */
export interface Breach {
  readonly rule: string;
  readonly subject: string;
  readonly details: IncidentDetails;
  /** Id of the incident, if a stored decision has set it. A new id is a new incident. */
  readonly id?: string;
}

export interface IncidentChange {
  readonly transition: IncidentTransition;
  readonly incident: Incident;
}

/** Key of an incident in Redis: `rule|subject`. */
export function incidentKey({ rule, subject }: Pick<Incident, 'rule' | 'subject'>): string {
  return `${rule}|${subject}`;
}

/**
 * Transition of the stored incident that a breach causes: it opens one, or alerts again once
 * `reAlertMs` have passed since the last notification. Undefined if it does neither.
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

/** Transition that resolves an open incident; undefined if it is resolved already. */
export function onResolution(
  stored: Incident,
  nowMs: number,
  resolution: Pick<IncidentDetails, 'summary'> & Partial<IncidentDetails>,
): IncidentChange | undefined {
  if (stored.resolvedAt !== null) return undefined;
  const incident = {
    ...stored,
    resolvedAt: nowMs,
    revision: stored.revision + 1,
    details: { ...identity(stored.details), actions: [], ...resolution },
  };
  return { transition: 'resolved', incident };
}

/** Details that stay true once the incident is resolved; its numbers do not. */
function identity({
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
