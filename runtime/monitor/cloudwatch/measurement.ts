import {
  cloudwatchMetrics,
  type CloudwatchDimension,
  type CloudwatchMetric,
} from '../../contract/cloudwatch.ts';

/** One measured value of one thing. */
export interface Measurement {
  readonly metric: CloudwatchMetric;
  readonly value: number;
  /** What it is of. */
  readonly dimensions: Readonly<Partial<Record<CloudwatchDimension, string>>>;
}

/** A value with those dimensions of its metric that are known; without a value, nothing. */
export function measured(
  metric: CloudwatchMetric,
  value: number | undefined,
  about: Readonly<Partial<Record<CloudwatchDimension, string | undefined>>>,
): Measurement[] {
  if (value === undefined) return [];
  const known = cloudwatchMetrics[metric].dimensions.flatMap((name) => {
    const of = about[name];
    return of === undefined ? [] : [[name, of] as const];
  });
  return [{ metric, value, dimensions: Object.fromEntries(known) }];
}
