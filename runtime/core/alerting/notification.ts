import { z } from 'zod';
import { readingStoredNames } from './stored-details.ts';
import { incidentDetailsSchema } from './incident-details.ts';
import { incidentTransitions, type IncidentChange } from './incident.ts';

/** One transition of one incident; each channel delivers it once. */
export const notificationSchema = readingStoredNames(
  z.object({
    service: z.string(),
    transition: z.enum(incidentTransitions),
    incidentId: z.string(),
    rule: z.string(),
    subject: z.string(),
    /** Milliseconds since the epoch. */
    openedAt: z.int(),
    /** Time of the transition, milliseconds since the epoch. */
    at: z.int(),
    details: incidentDetailsSchema,
  }),
);

export type Notification = z.infer<typeof notificationSchema>;

export function notificationOf(
  service: string,
  { transition, incident }: IncidentChange,
): Notification {
  const { id, rule, subject, openedAt, alertedAt, resolvedAt, details } = incident;
  const at = resolvedAt ?? alertedAt;
  return { service, transition, incidentId: id, rule, subject, openedAt, at, details };
}
