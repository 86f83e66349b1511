import { z } from 'zod';
import {
  mostSteps,
  stepProblem,
  stepsProblems,
  type StepField,
} from '../../runtime/contract/rollout-steps.ts';
import { got, json, mapProblem, ruledNumber } from './codecs.ts';

function numberOf(field: StepField) {
  return ruledNumber((value) => stepProblem(field, value));
}

const step = z.strictObject(
  {
    weight: numberOf('weight'),
    minutes: numberOf('minutes'),
    until: numberOf('until').optional(),
  },
  { error: mapProblem },
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
