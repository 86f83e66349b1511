/** State of a rollout, read from `perch rollout status --json`. Pure. */
import { z } from 'zod';

const trackSchema = z.object({
  requests: z.number(),
  errors: z.number(),
  errorPercent: z.number().nullable(),
  p95Ms: z.number().nullable(),
});

/** Monitors of an older release do not print the fields that have a default. */
const stateSchema = z.object({
  service: z.string(),
  rolloutId: z.string(),
  phase: z.string(),
  /** The canary's share, percent. */
  weight: z.number(),
  plan: z.array(z.object({ weight: z.number() })),
  /** Null unless the rollout is progressing. */
  step: z
    .object({
      number: z.number(),
      leastLeftMs: z.number(),
      deadline: z.object({ leftMs: z.number(), outcome: z.string() }).nullable(),
      nextWeight: z.number().nullable(),
    })
    .nullable(),
  /** Counted from 1. */
  stepNumber: z.number().nullable().default(null),
  traffic: z.object({ canary: trackSchema, stable: trackSchema }).nullable().default(null),
  isJudged: z.boolean(),
  verdict: z.object({ kind: z.string(), sentence: z.string() }).nullable(),
  /** Event that began the phase or the step. */
  begun: z
    .object({ event: z.string(), text: z.string(), by: z.string(), at: z.number() })
    .nullable()
    .default(null),
  evidence: z.array(z.string()).default([]),
  reason: z.string(),
  updatedBy: z.string(),
});

export type RolloutState = z.infer<typeof stateSchema>;
export type TrackState = z.infer<typeof trackSchema>;

/** State of a rollout with the time since it was read. */
export interface ReadRollout extends RolloutState {
  readonly ageMs: number;
  /** Failure of the newer reads; undefined: there is none. */
  readonly failure?: string | undefined;
}

/** Parses the output of `perch rollout status --json`, one line of JSON. */
export function parseRollout(json: string): RolloutState {
  const state = stateSchema.parse(JSON.parse(json));
  return { ...state, stepNumber: state.stepNumber ?? state.step?.number ?? null };
}
