import { z } from 'zod';
import type { Verdict } from './verdict.ts';

/** States of a rule under the names of release 0.1, so that monitors of two versions read each other. */
const storedStates = { inactive: 'kept', pending: 'pending', firing: 'broken' } as const;
const states = { kept: 'inactive', pending: 'pending', broken: 'firing' } as const;
const stateSchema = z.codec(
  z.enum(['kept', 'pending', 'broken']),
  z.enum(['inactive', 'pending', 'firing']),
  { decode: (stored) => states[stored], encode: (state) => storedStates[state] },
);

/** A rule that is firing, pending or near its threshold. */
export const nearRuleSchema = z.object({
  rule: z.string(),
  subject: z.string(),
  metric: z.string(),
  value: z.number(),
  threshold: z.number(),
  state: stateSchema,
});

export type NearRule = z.infer<typeof nearRuleSchema>;

/** The judge's result of its last cycle, for `perch status` and the console. */
export interface JudgeStatus {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Name of the monitor that leads. */
  readonly leader: string;
  /** Null without a canary on trial. */
  readonly verdict: Verdict | null;
  readonly near: readonly NearRule[];
}

/** Schema of the stored status. Readers that know the evidence of a verdict parse it themselves. */
export const storedJudgeStatusSchema = z.object({
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

export type StoredJudgeStatus = z.infer<typeof storedJudgeStatusSchema>;

/** Returns the status as it is stored and printed as JSON. */
export function toStoredStatus<Status extends { readonly near: readonly NearRule[] }>(
  status: Status,
) {
  return { ...status, near: z.encode(z.array(nearRuleSchema), [...status.near]) };
}
