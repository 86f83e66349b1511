import { cloudwatchMetrics, type CloudwatchMetric } from '../../contract/cloudwatch.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import { hostReadings, workloadReadings } from '../../core/alerting/readings.ts';
import { measured, type Measurement } from './measurement.ts';

/** What a sample has to say to CloudWatch; what is not known is not said. */
export function measurementsOf(service: string, sample: HostSample): Measurement[] {
  const readings = [
    ...hostReadings(sample),
    ...sample.workloads.flatMap((workload) => workloadReadings(sample, workload, sample.at)),
  ];
  return readings.flatMap(({ metric, subject, value, about: { host, track } }) =>
    isPublished(metric)
      ? measured(metric, value, { service, track, host, container: subject })
      : [],
  );
}

function isPublished(metric: string): metric is CloudwatchMetric {
  return metric in cloudwatchMetrics;
}
