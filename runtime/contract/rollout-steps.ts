/** Steps of a rollout as people configure them, in a stack and on stdin of `perch rollout begin`. */
import { numberProblem, type NumberSetting } from './number-setting.ts';

export const mostSteps = 100;

/** Outcomes of a step that is still inconclusive at its deadline. */
export const inconclusiveOutcomes = ['hold', 'continue', 'abort'] as const;
export type InconclusiveOutcome = (typeof inconclusiveOutcomes)[number];

/** Fields of a step, in their order. */
export const stepFields = ['weight', 'minutes', 'until'] as const;
export type StepField = (typeof stepFields)[number];

export interface ConfiguredStep {
  /** The canary's share, percent. */
  readonly weight: number;
  /** Least time of the step. */
  readonly minutes: number;
  /** Minutes after its start at which an inconclusive step ends. Undefined: it never ends. */
  readonly until?: number | undefined;
}

export interface StepsProblem {
  /** Index of the step. */
  readonly index: number;
  readonly field: StepField;
  /** Rule, read after the field's name: `must be above the weight of the step before, 25`. */
  readonly rule: string;
}

/** A week. */
const mostMinutes = 10_080;

const numbers: Readonly<Record<StepField, Omit<NumberSetting, 'default'>>> = {
  weight: { least: 0.01, most: 100 },
  minutes: { least: 0, most: mostMinutes },
  until: { least: 0.01, most: mostMinutes },
};

/** Rule that a value of a step breaks by itself; undefined if it breaks none. */
export function stepProblem(field: StepField, value: unknown): string | undefined {
  const problem = numberProblem({ ...numbers[field], default: 0 }, value);
  if (problem !== undefined || field !== 'weight') return problem;
  const hundredths = Number(value) * 100;
  return Math.round(hundredths) / 100 === value ? undefined : 'must have two decimals at most';
}

/**
 * Problems of valid steps beside each other: weights rise, because a step that is no larger than the
 * last one shows nothing new, and no step ends before its least time. Values that are no numbers are
 * left out.
 */
export function stepsProblems(steps: readonly Partial<ConfiguredStep>[]): StepsProblem[] {
  return steps.flatMap(({ weight, minutes, until }, index): StepsProblem[] => {
    const before = steps[index - 1]?.weight;
    const rises = !isNumber(weight) || !isNumber(before) || weight > before;
    const ends = !isNumber(minutes) || !isNumber(until) || until >= minutes;
    return [
      ...(rises
        ? []
        : [
            {
              index,
              field: 'weight' as const,
              rule: `must be above ${before}, the weight of the step before`,
            },
          ]),
      ...(ends
        ? []
        : [{ index, field: 'until' as const, rule: `must be at least minutes, ${minutes}` }]),
    ];
  });
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** Rule that the outcome breaks together with the steps; undefined if it breaks none. */
export function outcomeProblem(
  outcome: InconclusiveOutcome,
  steps: readonly Pick<ConfiguredStep, 'until'>[],
): string | undefined {
  const isIdle = outcome !== 'hold' && steps.every(({ until }) => until === undefined);
  return isIdle
    ? 'must be hold, because no step has until, the end of an inconclusive one'
    : undefined;
}
