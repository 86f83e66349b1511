import { quantileMs } from '../../../runtime/core/analysis/latency-bins.ts';
import type { Rule } from '../../../test/core/analysis/simulation.ts';
import { durations, IntervalRule, promoted, successShare, type Interval } from './intervals.ts';
import { shiftOf } from './mann-whitney.ts';

const metrics = {
  errors: ({ canary, stable }: Interval) => [failurePercent(canary), failurePercent(stable)],
  latency: ({ canary, stable }: Interval) => [p99(canary), p99(stable)],
} as const;

/** Part of the estimated shift by which the confidence interval must exceed 0. */
const tolerance = 0.25;
const pointsInRun = 60;
const runsOfAnalysis = 3;
/** Differences of percent and of milliseconds that are the solver's, not the data's. */
const noise = 1e-6;

/**
 * Kayenta's NetflixACAJudge with its defaults: Mann-Whitney U test of each metric at a confidence
 * level of 98% and a tolerance of 0.25 (NetflixACAJudge.scala, MannWhitneyClassifier.scala,
 * https://github.com/spinnaker/kayenta). Two metrics of one group that may only increase, the percentage
 * of 5xx answers and the p99, one data point a minute; one of two that is high scores 50, below the
 * marginal score of 75 in its examples (json-formats.md), so the run fails. A run an hour for three hours, as
 * https://spinnaker.io/docs/guides/user/canary/best-practices/ advises. The control is stable itself,
 * not a baseline of the canary's size.
 */
export function kayenta(): Rule {
  let points: Interval[] = [];
  let runs = 0;
  return new IntervalRule(60, (interval) => {
    points.push(interval);
    if (points.length < pointsInRun) return undefined;
    const run = points;
    points = [];
    const high = (['errors', 'latency'] as const).find((metric) => {
      const values = run.map(metrics[metric]);
      return isHigh(
        values.map(([canary]) => canary),
        values.map(([, stable]) => stable),
      );
    });
    runs += 1;
    if (high !== undefined) return { kind: 'harmful', metric: high };
    return runs >= runsOfAnalysis ? promoted : undefined;
  });
}

function isHigh(
  canary: readonly (number | undefined)[],
  stable: readonly (number | undefined)[],
): boolean {
  const sample = canary.filter((value) => value !== undefined);
  const control = stable.filter((value) => value !== undefined);
  if (sample.length === 0 || control.length === 0) return false;
  const shift = shiftOf(sample, control);
  return shift !== undefined && shift.lower > tolerance * Math.abs(shift.estimate) + noise;
}

function failurePercent(counts: Interval['canary']): number | undefined {
  const success = successShare(counts);
  return success === undefined ? undefined : 100 * (1 - success);
}

function p99(counts: Interval['canary']): number | undefined {
  return quantileMs(durations(counts), 0.99);
}
