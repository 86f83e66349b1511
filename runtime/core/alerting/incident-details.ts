import { z } from 'zod';
import { tracks } from '../../contract/names.ts';

const units = ['percent', 'bytes', 'ms', 'count'] as const;
export type Unit = (typeof units)[number];

/** What there is to say of a breach, for people; every channel makes its text from these. */
export const incidentDetailsSchema = z.object({
  /** What happened, a sentence without its full stop. */
  summary: z.string(),
  /** What was done about it already, sentences without full stop, in order. */
  actions: z.array(z.string()),
  /** What broke, where it is not the incident's own rule: a rule, or a metric of the judge. */
  cause: z.string().optional(),
  /** The measured value, and the threshold that it is held against. */
  measured: z
    .object({
      metric: z.string(),
      value: z.number(),
      threshold: z.number(),
      unit: z.enum(units),
    })
    .optional(),
  /** Since when it holds, milliseconds since the epoch. */
  sinceMs: z.int().optional(),
  track: z.enum(tracks).optional(),
  version: z.string().optional(),
  host: z.string().optional(),
  member: z.string().optional(),
  /** The statistics in a sentence that a person understands. */
  evidence: z.string().optional(),
});

export type IncidentDetails = z.infer<typeof incidentDetailsSchema>;
