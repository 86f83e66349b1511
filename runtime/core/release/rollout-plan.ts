import { z } from 'zod';
import {
  inconclusiveOutcomes,
  mostSteps,
  outcomeProblem,
  stepProblem,
  stepsProblems,
  type ConfiguredStep,
  type InconclusiveOutcome,
  type StepField,
} from '../../contract/rollout-steps.ts';
import type { ReleaseDocument, Step } from './release-document.ts';

const minuteMs = 60_000;

const onDeadline = { hold: 'pause', continue: 'continue', abort: 'abort' } as const;

function numberOf(field: StepField) {
  return z.custom<number>((value) => stepProblem(field, value) === undefined, {
    error: ({ input }) => stepProblem(field, input) ?? '',
    // The steps are still compared, so that people see all problems at once.
    abort: false,
  });
}

const stepSchema = z.strictObject({
  weight: numberOf('weight'),
  minutes: numberOf('minutes'),
  until: numberOf('until').optional(),
});

/** Plan of a rollout as people write it: `{steps: [{weight, minutes, until?}], onInconclusive?}`. */
export const rolloutPlanSchema = z
  .strictObject({
    steps: z
      .array(stepSchema, 'must be a list of steps')
      .min(1, 'must have at least one step')
      .max(mostSteps, `must have at most ${mostSteps} steps`)
      .superRefine((steps, context) => {
        for (const { index, field, rule } of stepsProblems(steps)) {
          context.addIssue({ code: 'custom', path: [index, field], message: rule });
        }
      }),
    onInconclusive: z
      .enum(inconclusiveOutcomes, `must be one of ${inconclusiveOutcomes.join(', ')}`)
      .default('hold'),
  })
  .superRefine(({ steps, onInconclusive }, context) => {
    const message = outcomeProblem(onInconclusive, steps);
    if (message !== undefined) {
      context.addIssue({ code: 'custom', path: ['onInconclusive'], message });
    }
  })
  .transform(({ steps, onInconclusive }) => planOf(steps, onInconclusive));

function planOf(steps: readonly ConfiguredStep[], outcome: InconclusiveOutcome): Step[] {
  return steps.map(({ weight, minutes, until }) => ({
    weight,
    minDurationMs: Math.round(minutes * minuteMs),
    deadlineMs: until === undefined ? null : Math.round(until * minuteMs),
    onDeadline: onDeadline[outcome],
  }));
}

/**
 * Reports whether the plan has several steps or times, unlike that of `perch weight --rollout`. A
 * weight that a person sets is no part of such a plan.
 */
export function isScheduled(plan: readonly Step[]): boolean {
  return plan.length > 1 || plan.some((step) => step.minDurationMs > 0 || step.deadlineMs !== null);
}

/** `step N of M`, counted from 1. */
export function stepText({ step, plan }: Pick<ReleaseDocument, 'step' | 'plan'>): string {
  return `step ${step + 1} of ${plan.length}`;
}
