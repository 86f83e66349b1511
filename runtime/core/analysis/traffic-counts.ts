import type { Track } from '../../contract/names.ts';
import type { SplitWeight } from '../../contract/traffic-fields.ts';

/** Counts of one track, summed over the proxies. */
export interface TrackCounts {
  readonly requests: number;
  /** 5xx answers and upstream faults, but no request that its client gave up. */
  readonly failures: number;
  /** Latency bin -> requests; see latency-bins.ts. */
  readonly latency: ReadonlyMap<number, number>;
}

/** Requests of a bucket that reached their tracks in the same way: under one weight, or excluded. */
export interface TrafficStratum extends Readonly<Record<Track, TrackCounts>> {
  readonly weight: SplitWeight;
}

/** One stratum of one bucket. A bucket in which the weight changed has several. */
export interface TrafficBucket extends TrafficStratum {
  /** Start of the bucket, milliseconds since the epoch; it lasts `trafficBucketMs`. */
  readonly startMs: number;
}

export const noCounts: TrackCounts = { requests: 0, failures: 0, latency: new Map() };

/** Counts that grow. */
export interface OpenCounts extends TrackCounts {
  requests: number;
  failures: number;
  readonly latency: Map<number, number>;
}

/** A stratum whose counts grow. */
export type OpenStratum = Pick<TrafficStratum, 'weight'> & Readonly<Record<Track, OpenCounts>>;

export function openStratum(weight: SplitWeight): OpenStratum {
  return { weight, stable: openCounts(), canary: openCounts() };
}

function openCounts(): OpenCounts {
  return { requests: 0, failures: 0, latency: new Map() };
}

export function sumCounts(counts: readonly TrackCounts[]): TrackCounts {
  const latency = new Map<number, number>();
  for (const [bin, count] of counts.flatMap((track) => [...track.latency])) {
    latency.set(bin, (latency.get(bin) ?? 0) + count);
  }
  return {
    requests: counts.reduce((sum, track) => sum + track.requests, 0),
    failures: counts.reduce((sum, track) => sum + track.failures, 0),
    latency,
  };
}
