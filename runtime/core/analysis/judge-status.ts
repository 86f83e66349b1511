import { z } from 'zod';
import type { Verdict } from './verdict.ts';

/** A rule that is broken, or that its value comes near to. */
export const nearRuleSchema = z.object({
  rule: z.string(),
  subject: z.string(),
  metric: z.string(),
  value: z.number(),
  threshold: z.number(),
  state: z.enum(['kept', 'pending', 'broken']),
});

export type NearRule = z.infer<typeof nearRuleSchema>;

/** What the leader thinks now, for whoever asks. */
export interface Opinion {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly leader: string;
  /** Null without a canary on trial. */
  readonly verdict: Verdict | null;
  readonly near: readonly NearRule[];
}

/** The details of a verdict are for people and programs that know them. */
export const storedOpinionSchema = z.object({
  at: z.int(),
  leader: z.string(),
  verdict: z
    .object({
      kind: z.enum(['harmful', 'safe', 'inconclusive']),
      sentence: z.string(),
      evidence: z.record(z.string(), z.json()),
    })
    .nullable(),
  near: z.array(nearRuleSchema),
});

export type StoredOpinion = z.infer<typeof storedOpinionSchema>;
