import type { Track } from '../contract/names.ts';

/** What the proxies counted of one track in one bucket, summed over proxies. */
export interface TrackCounts {
  readonly requests: number;
  /** 5xx answers and upstream faults; never a client that went away. */
  readonly failures: number;
  /** Latency bin -> requests; see latency-histogram.ts. */
  readonly latency: ReadonlyMap<number, number>;
}

export interface TrafficBucket extends Readonly<Record<Track, TrackCounts>> {
  /** Milliseconds since the epoch; a bucket lasts `trafficBucketMs`. */
  readonly startMs: number;
}

export const noCounts: TrackCounts = { requests: 0, failures: 0, latency: new Map() };

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
