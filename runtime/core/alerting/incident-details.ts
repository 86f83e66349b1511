import { z } from 'zod';
import { tracks } from '../../contract/names.ts';

const units = ['percent', 'bytes', 'ms', 'count'] as const;
export type Unit = (typeof units)[number];

/** Details of an incident for people. Every channel makes its text from these. */
export const incidentDetailsSchema = z.object({
  /** The event, a sentence without its full stop. */
  summary: z.string(),
  /** Actions that Perch has taken, sentences without their full stops, in order. */
  actions: z.array(z.string()),
  /** Id of the rule, or metric of the judge, that caused the incident, unless it is its own rule. */
  cause: z.string().optional(),
  /** The measured value, and the threshold with which it is compared. */
  measured: z
    .object({
      metric: z.string(),
      value: z.number(),
      threshold: z.number(),
      unit: z.enum(units),
    })
    .optional(),
  /** Start of the breach, milliseconds since the epoch. */
  sinceMs: z.int().optional(),
  track: z.enum(tracks).optional(),
  version: z.string().optional(),
  host: z.string().optional(),
  member: z.string().optional(),
  /** The statistics in a sentence for people, without its full stop. */
  evidence: z.string().optional(),
  /** Last log lines of containers that failed; the first line of each text names its container. */
  logs: z.array(z.string()).optional(),
  /** Commands and sentences on what is left to do, without full stops; empty: nothing is. */
  nextSteps: z.array(z.string()).optional(),
  /** URL of the rule's runbook. */
  runbook: z.string().optional(),
});

export type IncidentDetails = z.infer<typeof incidentDetailsSchema>;
