import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import type { Track } from '../../contract/names.ts';
import type { IncidentDetails } from './incident-details.ts';
import type { HostSample, Workload } from '../host/host-sample.ts';
import { quantileMs } from '../analysis/latency-bins.ts';
import type { Metric } from './metric-catalog.ts';
import { sumCounts, type TrafficBucket } from '../analysis/traffic-counts.ts';
import { isOfTrial, type Trial } from '../analysis/trial.ts';

/** Value of one metric of one subject now; undefined: no data. */
export interface Reading {
  readonly metric: Metric;
  readonly subject: string;
  readonly value: number | undefined;
  /** Host, member and track that the subject is or belongs to. */
  readonly about: Pick<IncidentDetails, 'host' | 'member' | 'track' | 'version'>;
}

/** Window of the rules on restarts and OOM kills, milliseconds. */
const countWindowMs = 600_000;
/** Window of the rules on traffic, milliseconds. */
const trafficWindowMs = 30_000;
/** Fewest requests from which a failure rate or a percentile is computed. */
const fewestRequests = 20;

/** Readings of a host, from its sample. */
export function hostReadings(sample: HostSample): Reading[] {
  const { host, cpuPercent, memoryTotalBytes: total, memoryAvailableBytes: available } = sample;
  const about = { host };
  const known = total !== undefined && available !== undefined && total > 0;
  const memory = known ? (100 * (total - available)) / total : undefined;
  return [
    { metric: 'host.cpu-percent', subject: host, value: cpuPercent, about },
    { metric: 'host.memory-percent', subject: host, value: memory, about },
    ...sample.disks.map(({ path, usedPercent }): Reading => {
      const subject = `${host}:${path}`;
      return { metric: 'host.disk-percent', subject, value: usedPercent, about };
    }),
  ];
}

/** Subject of a workload: the member's id, else `host/name`, because the same container name occurs on several hosts. */
export function workloadSubject(
  host: string,
  { memberId, name }: Pick<Workload, 'memberId' | 'name'>,
): string {
  return memberId ?? `${host}/${name}`;
}

/** Readings of one container or process, from its host's sample. */
export function workloadReadings(
  { host }: HostSample,
  workload: Workload,
  nowMs: number,
): Reading[] {
  const { memberId, track, version, memoryBytes: used, memoryLimitBytes: limit } = workload;
  const subject = workloadSubject(host, workload);
  const about = {
    host,
    ...(memberId !== undefined && { member: memberId }),
    ...(track !== undefined && { track }),
    ...(version !== undefined && { version }),
  };
  const known = used !== undefined && limit !== undefined && limit > 0;
  const share = known ? (100 * used) / limit : undefined;
  const values: [Metric, number | undefined][] = [
    ['container.cpu-percent', workload.cpuPercent],
    ['container.memory-bytes', used],
    ['container.memory-percent', share],
    ['container.restarts', recent(workload.restartedAt, nowMs)],
    ['container.oom-kills', recent(workload.oomKilledAt, nowMs)],
  ];
  return values.map(([metric, value]) => ({ metric, subject, value, about }));
}

/**
 * Readings of both tracks, from the traffic of the last half minute.
 * @param trial - the running one. Undefined if none is: then there are no readings of the canary, so
 *   that the next canary is not held responsible for this one.
 */
export function trafficReadings(
  buckets: readonly TrafficBucket[],
  trial: Pick<Trial, 'rolloutId' | 'versions' | 'firstBucketMs'> | undefined,
  nowMs: number,
): Reading[] {
  const since = nowMs - trafficWindowMs;
  const recent = buckets.filter(({ startMs }) => startMs + trafficBucketMs > since);
  if (trial === undefined) return trackReadings('stable', recent);
  const onTrial = recent.filter(
    (bucket) => bucket.startMs >= trial.firstBucketMs && isOfTrial(bucket, trial),
  );
  return [...trackReadings('stable', recent), ...trackReadings('canary', onTrial)];
}

function trackReadings(track: Track, buckets: readonly TrafficBucket[]): Reading[] {
  const { requests, failures, latency } = sumCounts(buckets.map((bucket) => bucket[track]));
  const enough = requests >= fewestRequests;
  const about = { track };
  const p95 = enough ? quantileMs(latency, 0.95) : undefined;
  const share = enough ? (100 * failures) / requests : undefined;
  return [
    { metric: 'track.p95-ms', subject: track, value: p95, about },
    { metric: 'track.failure-percent', subject: track, value: share, about },
  ];
}

function recent(times: readonly number[] | undefined, nowMs: number): number | undefined {
  return times?.filter((at) => at > nowMs - countWindowMs).length;
}
