import {
  cloudwatchMetrics,
  type CloudwatchDimension,
  type CloudwatchMetric,
  type ContainerMetric,
} from '../../contract/cloudwatch.ts';
import { hostReadings, workloadReadings } from '../../core/alerting/readings.ts';
import type { HostSample } from '../../core/host/host-sample.ts';

/** One value of one metric, to be published in CloudWatch. */
export interface Measurement {
  readonly metric: CloudwatchMetric;
  readonly value: number;
  readonly dimensions: Readonly<Partial<Record<CloudwatchDimension, string>>>;
}

/**
 * Measurements of a host and its workloads; values that the sample lacks are left out.
 * @param containers metrics of workloads to measure.
 */
export function measurementsOf(
  service: string,
  sample: HostSample,
  containers: readonly ContainerMetric[],
): Measurement[] {
  const ofWorkloads = sample.workloads
    .flatMap((workload) => workloadReadings(sample, workload, sample.at))
    .filter(({ metric }) => containers.some((chosen) => chosen === metric));
  const readings = [...hostReadings(sample), ...ofWorkloads];
  return readings.flatMap(({ metric, subject, value, about: { host, track } }) =>
    isPublished(metric)
      ? measured(metric, value, { service, track, host, container: subject })
      : [],
  );
}

/**
 * A measurement with those dimensions of its metric that are known.
 * @returns an empty list without a value.
 */
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

function isPublished(metric: string): metric is CloudwatchMetric {
  return metric in cloudwatchMetrics;
}
