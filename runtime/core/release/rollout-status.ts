import type { ReleaseDocument, Step } from './release-document.ts';

/** Deadline of an inconclusive step. */
export interface StepDeadline {
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  readonly leftMs: number;
  readonly outcome: Step['onDeadline'];
}

/** Step of a rollout that the judge advances, and the time that is left in it. */
export interface StepStatus {
  /** Counted from 1. */
  readonly number: number;
  readonly startedAt: number;
  readonly elapsedMs: number;
  /** Rest of the least time of the step; 0 once it has passed. */
  readonly leastLeftMs: number;
  /** Null: an inconclusive step never ends. */
  readonly deadline: StepDeadline | null;
  /** Weight of the step after it; null: the canary is promoted then. */
  readonly nextWeight: number | null;
}

/** Returns the step of a rollout; undefined unless the rollout is progressing. */
export function stepStatus(
  { phase, step, plan, stepStartedAt }: ReleaseDocument,
  nowMs: number,
): StepStatus | undefined {
  const current = plan[step];
  if (phase !== 'progressing' || current === undefined) return undefined;
  const { minDurationMs, deadlineMs, onDeadline } = current;
  const elapsedMs = Math.max(0, nowMs - stepStartedAt);
  const left = (ms: number) => Math.max(0, ms - elapsedMs);
  return {
    number: step + 1,
    startedAt: stepStartedAt,
    elapsedMs,
    leastLeftMs: left(minDurationMs),
    deadline:
      deadlineMs === null
        ? null
        : { at: stepStartedAt + deadlineMs, leftMs: left(deadlineMs), outcome: onDeadline },
    nextWeight: plan[step + 1]?.weight ?? null,
  };
}
