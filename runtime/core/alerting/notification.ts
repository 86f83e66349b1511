import { z } from 'zod';
import { factsSchema } from './incident-details.ts';
import { incidentTransitions, type IncidentChange } from './incident.ts';

/** One transition of one incident, to be told once through each channel. */
export const noticeSchema = z.object({
  service: z.string(),
  transition: z.enum(incidentTransitions),
  incidentId: z.string(),
  rule: z.string(),
  subject: z.string(),
  openedAt: z.int(),
  /** When the transition happened, milliseconds since the epoch. */
  at: z.int(),
  facts: factsSchema,
});

export type Notice = z.infer<typeof noticeSchema>;

export function noticeOf(service: string, { transition, incident }: IncidentChange): Notice {
  const { id, rule, subject, openedAt, alertedAt, resolvedAt, facts } = incident;
  const at = resolvedAt ?? alertedAt;
  return { service, transition, incidentId: id, rule, subject, openedAt, at, facts };
}
