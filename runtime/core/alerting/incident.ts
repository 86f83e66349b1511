import { z } from 'zod';
import {
  firstFlapping,
  flappingSchema,
  flappingSummary,
  nextFlapping,
  quietForMs,
  quietSummary,
  type Flapping,
} from './flapping.ts';
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
    /** Present while it flaps. Release 0.1 does not know it, and then does not damp. */
    flapping: flappingSchema.optional(),
    /** True if it opened in a silence and no notification of it was sent since. */
    unnotified: z.literal(true).optional(),
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
  /** False if no notification is sent, because it is silenced or flaps. Default: true. */
  readonly isNotified?: boolean;
  /** False if it is no event of its own. Default: true. */
  readonly isLogged?: boolean;
}

export interface BreachContext {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Time between two alerts of an open incident, milliseconds. */
  readonly reAlertMs: number;
  /** True if a silence covers the incident now. Default: false. */
  readonly isSilenced?: boolean;
  /** True if a person takes care of the incident, so that it alerts no more. Default: false. */
  readonly isAcknowledged?: boolean;
}

/** Key of an incident in Redis: `rule|subject`. */
export function incidentKey({ rule, subject }: Pick<Incident, 'rule' | 'subject'>): string {
  return `${rule}|${subject}`;
}

/** True for an incident whose breach lasts: it is open and not quiet. */
export function isBreaching(incident: Incident | undefined): boolean {
  return incident?.resolvedAt === null && incident.flapping?.quietSinceMs === undefined;
}

/**
 * Transition of the stored incident that a breach causes: it opens one, reopens one that was
 * resolved a short time ago, or alerts again once `reAlertMs` have passed since the last
 * notification. Undefined if it does none of these.
 */
export function onBreach(
  stored: Incident | undefined,
  breach: Breach,
  context: BreachContext,
): IncidentChange | undefined {
  const { nowMs } = context;
  const another = breach.id !== undefined && breach.id !== stored?.id;
  if (stored === undefined || another) return opened(stored, breach, context);
  const { resolvedAt, flapping } = stored;
  if (resolvedAt !== null) {
    if (nowMs - resolvedAt > quietForMs) return opened(stored, breach, context);
    return reopened(stored, firstFlapping(stored.openedAt, resolvedAt), breach, context);
  }
  if (flapping?.quietSinceMs === undefined) return alertedAgain(stored, breach, context);
  const next = { ...stored, flapping: nextFlapping(flapping) };
  const silent = { incident: renewed(next, breach, nowMs), isNotified: false, isLogged: false };
  return alertedAgain(next, breach, context) ?? { transition: 're-alerted', ...silent };
}

/**
 * Transition by which the breach of an open incident ends: the incident is resolved, or if it flaps
 * it is quiet from now on. Undefined if it is resolved or quiet already.
 * @param isSilenced - true if a silence covers the incident now.
 */
export function onResolution(
  stored: Incident,
  nowMs: number,
  resolution: Pick<IncidentDetails, 'summary'> & Partial<IncidentDetails>,
  isSilenced = false,
): IncidentChange | undefined {
  if (!isBreaching(stored)) return undefined;
  const details = { ...identity(stored.details), actions: [], nextSteps: [], ...resolution };
  if (stored.flapping === undefined) return resolved({ ...stored, details }, nowMs, isSilenced);
  const flapping = { ...stored.flapping, quietSinceMs: nowMs };
  const incident = { ...stored, revision: stored.revision + 1, details, flapping };
  return { transition: 'resolved', incident, isNotified: false, isLogged: false };
}

/** Transition that resolves what flapped and has been quiet for long enough, or undefined. */
export function onQuiet(
  stored: Incident,
  nowMs: number,
  isSilenced = false,
): IncidentChange | undefined {
  const { details, flapping } = stored;
  if (stored.resolvedAt !== null || flapping?.quietSinceMs === undefined) return undefined;
  if (nowMs - flapping.quietSinceMs < quietForMs) return undefined;
  const summary = quietSummary(details.summary, flapping, flapping.quietSinceMs);
  return resolved({ ...stored, details: { ...details, summary } }, nowMs, isSilenced);
}

function opened(
  stored: Incident | undefined,
  { id, rule, subject, details }: Breach,
  { nowMs, isSilenced = false }: BreachContext,
): IncidentChange {
  const incident: Incident = {
    id: id ?? `${incidentKey({ rule, subject })}|${nowMs}`,
    rule,
    subject,
    openedAt: nowMs,
    alertedAt: nowMs,
    resolvedAt: null,
    revision: (stored?.revision ?? 0) + 1,
    details,
    ...(isSilenced && { unnotified: true }),
  };
  return { transition: 'opened', incident, isNotified: !isSilenced };
}

/** Alerts at once, because the last notification said that it is resolved. */
function reopened(
  stored: Incident,
  flapping: Flapping,
  breach: Breach,
  { nowMs, isSilenced = false }: BreachContext,
): IncidentChange {
  const open = { ...stored, resolvedAt: null, alertedAt: nowMs, flapping };
  const incident = {
    ...renewed(open, breach, nowMs),
    ...(isSilenced && { unnotified: true as const }),
  };
  return { transition: 're-alerted', incident, isNotified: !isSilenced };
}

/** Undefined if no notification is due, or none may be sent. */
function alertedAgain(
  stored: Incident,
  breach: Breach,
  { nowMs, reAlertMs, isSilenced = false, isAcknowledged = false }: BreachContext,
): IncidentChange | undefined {
  if (isSilenced || isAcknowledged) return undefined;
  const { unnotified, ...known } = stored;
  if (unnotified !== true && nowMs - stored.alertedAt < reAlertMs) return undefined;
  const incident = { ...renewed(known, breach, nowMs), alertedAt: nowMs };
  if (unnotified !== true || stored.flapping !== undefined)
    return { transition: 're-alerted', incident };
  // The event of its opening is as old as the incident.
  return { transition: 'opened', incident, isLogged: false };
}

/** The incident with the breach's details of now. */
function renewed(stored: Incident, { details }: Breach, nowMs: number): Incident {
  const { flapping } = stored;
  const summary =
    flapping === undefined ? details.summary : flappingSummary(details.summary, flapping, nowMs);
  return { ...stored, revision: stored.revision + 1, details: { ...details, summary } };
}

/** Sends no notification if none of its opening was sent. */
function resolved(stored: Incident, nowMs: number, isSilenced: boolean): IncidentChange {
  const { flapping: _flapped, unnotified, ...rest } = stored;
  const incident = { ...rest, resolvedAt: nowMs, revision: stored.revision + 1 };
  return { transition: 'resolved', incident, isNotified: !isSilenced && unnotified !== true };
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
