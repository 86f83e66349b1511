import { tracks, type Track } from '../../contract/names.ts';
import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import { quantileMs } from '../../core/analysis/latency-bins.ts';
import {
  sumCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../core/analysis/traffic-counts.ts';
import { measured, type Measurement } from './measurements.ts';

/** So long after its end a bucket is taken for whole: proxies hand in what they count each second. */
const lateMs = 5_000;

/**
 * The traffic of each track as measurements, each bucket once. One meter measures for one term of a
 * leader: it begins with the buckets that the leader before cannot have measured yet.
 */
export class TrackMeter {
  readonly #service: string;
  #nextMs: number;

  /** @param fromMs - when the term began, milliseconds since the epoch. */
  constructor(service: string, fromMs: number) {
    this.#service = service;
    this.#nextMs = firstNotWhole(fromMs);
  }

  /**
   * What is new since the last time, and the shares as they are now.
   * @param weight - the canary's share, percent.
   */
  take(buckets: readonly TrafficBucket[], weight: number, nowMs: number): Measurement[] {
    const from = this.#nextMs;
    this.#nextMs = Math.max(from, firstNotWhole(nowMs));
    const whole = buckets.filter(({ startMs }) => startMs >= from && startMs < this.#nextMs);
    const strata = [...Map.groupBy(whole, ({ startMs }) => startMs).values()];
    const service = this.#service;
    return tracks.flatMap((track) => [
      ...measured('track.weight-percent', track === 'canary' ? weight : 100 - weight, {
        service,
        track,
      }),
      ...strata.flatMap((bucket) =>
        this.#measure(track, sumCounts(bucket.map((stratum) => stratum[track]))),
      ),
    ]);
  }

  /** Without requests there is nothing to say: no data is not zero. */
  #measure(track: Track, { requests, failures, latency }: TrackCounts): Measurement[] {
    if (requests === 0) return [];
    const about = { service: this.#service, track };
    return [
      ...measured('track.requests', requests, about),
      ...measured('track.failures', failures, about),
      ...measured('track.failure-percent', (100 * failures) / requests, about),
      ...measured('track.p50-ms', quantileMs(latency, 0.5), about),
      ...measured('track.p95-ms', quantileMs(latency, 0.95), about),
    ];
  }
}

/** The start of the first bucket that may still grow at `nowMs`. */
function firstNotWhole(nowMs: number): number {
  return Math.floor((nowMs - lateMs) / trafficBucketMs) * trafficBucketMs;
}
