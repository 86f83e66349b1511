import type { HostSample } from '../../decide/host-sample.ts';
import { hostReadings, workloadReadings, type Reading } from '../../decide/readings.ts';
import type { Measurement } from './statistic-sets.ts';

/** What a sample has to say to CloudWatch; what is not known is not said. */
export function measurementsOf(service: string, sample: HostSample): Measurement[] {
  const readings = [
    ...hostReadings(sample),
    ...sample.workloads.flatMap((workload) => workloadReadings(sample, workload, sample.at)),
  ];
  return readings.flatMap((reading) => measurementOf(service, reading));
}

/** Of a host's disks all count as one there: the statistic set's maximum is the fullest. */
function measurementOf(service: string, { metric, subject, value, about }: Reading): Measurement[] {
  if (value === undefined) return [];
  const { host, track } = about;
  const dimensions = {
    service,
    ...(track !== undefined && { track }),
    ...(host !== undefined && { host }),
    ...(metric.startsWith('container.') && { container: subject }),
  };
  return [{ metric, value, dimensions }];
}
