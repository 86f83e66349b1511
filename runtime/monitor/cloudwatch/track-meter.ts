import { tracks, type Track } from '../../contract/names.ts';
import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import { quantileMs } from '../../core/analysis/latency-bins.ts';
import {
  sumCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../core/analysis/traffic-counts.ts';
import { measured, type Measurement } from './measurements.ts';

/** Time after its end until a bucket is complete: proxies report their counts every second. */
const lateMs = 5_000;

/**
 * Turns the traffic of each track into measurements, each bucket once. A meter lives for one term of
 * a leader and starts with the buckets that the previous leader cannot have measured yet.
 */
export class TrackMeter {
  readonly #service: string;
  #nextMs: number;

  /** @param fromMs start of the term, milliseconds since the epoch. */
  constructor(service: string, fromMs: number) {
    this.#service = service;
    this.#nextMs = firstIncomplete(fromMs);
  }

  /**
   * Measurements of the buckets completed since the last call, and the current weight.
   * @param weight the canary's share of the traffic, percent.
   */
  take(buckets: readonly TrafficBucket[], weight: number, nowMs: number): Measurement[] {
    const from = this.#nextMs;
    this.#nextMs = Math.max(from, firstIncomplete(nowMs));
    const complete = buckets.filter(({ startMs }) => startMs >= from && startMs < this.#nextMs);
    const strata = [...Map.groupBy(complete, ({ startMs }) => startMs).values()];
    const service = this.#service;
    return [
      ...measured('track.weight-percent', weight, { service, track: 'canary' }),
      ...tracks.flatMap((track) =>
        strata.flatMap((bucket) =>
          this.#measure(track, sumCounts(bucket.map((stratum) => stratum[track]))),
        ),
      ),
    ];
  }

  /** Without requests there are no measurements: no data is not zero. */
  #measure(track: Track, { requests, failures, latency }: TrackCounts): Measurement[] {
    if (requests === 0) return [];
    const about = { service: this.#service, track };
    return [
      ...measured('track.requests', requests, about),
      ...measured('track.failures', failures, about),
      ...measured('track.failure-percent', (100 * failures) / requests, about),
      ...measured('track.p95-ms', quantileMs(latency, 0.95), about),
    ];
  }
}

/** Start of the first bucket that may still grow at `nowMs`. */
function firstIncomplete(nowMs: number): number {
  return Math.floor((nowMs - lateMs) / trafficBucketMs) * trafficBucketMs;
}
