import { z } from 'zod';
import {
  mostSteps,
  stepProblem,
  stepsProblems,
  type StepField,
} from '../../runtime/contract/rollout-steps.ts';
import { got, json } from './codecs.ts';

function numberOf(field: StepField) {
  return z.custom<number>((value) => stepProblem(field, value) === undefined, {
    error: ({ input }) => got(stepProblem(field, input) ?? '', input),
    // The steps are still compared, so that people see all problems at once.
    abort: false,
  });
}

const step = z.strictObject(
  {
    weight: numberOf('weight'),
    minutes: numberOf('minutes'),
    until: numberOf('until').optional(),
  },
  {
    error: ({ code, input }) => (code === 'invalid_type' ? got('must be a map', input) : undefined),
  },
);

/** Steps of a rollout. */
export const steps = json(
  'list',
  z
    .array(step, { error: ({ input }) => got('must be a list', input) })
    .max(mostSteps, {
      error: ({ input }) => `must have at most ${mostSteps} steps, got ${input?.length}`,
    })
    .superRefine((given, context) => {
      for (const { index, field, rule } of stepsProblems(given)) {
        const message = got(rule, given[index]?.[field]);
        context.addIssue({ code: 'custom', path: [index, field], message });
      }
    }),
);
