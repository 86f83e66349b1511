import { tracks, type Track } from '../../contract/names.ts';
import {
  trafficBucketMs,
  trafficTtlSeconds,
  type SplitWeight,
} from '../../contract/traffic-fields.ts';
import { latencyBin } from '../../core/analysis/latency-bins.ts';
import {
  openStratum,
  type OpenStratum,
  type TrafficStratum,
} from '../../core/analysis/traffic-counts.ts';

/** Counts of one bucket, which the store adds together and at most once. */
export interface TrafficBatch {
  readonly bucketStartMs: number;
  /** Increases from batch to batch, across all buckets. */
  readonly sequence: number;
  readonly strata: readonly TrafficStratum[];
}

/**
 * Counts attempts per 10 s bucket, stratum and track, and returns them in numbered batches.
 *
 * A batch that was returned once is sealed: until {@link TrafficCounter.delivered} it is returned
 * again unchanged, with the same number, and newer counts wait for the next batch. The store can
 * therefore recognize a repeated batch, and a lost reply neither loses a request nor counts one
 * twice.
 *
 * Buckets follow this machine's clock: both tracks of a bucket are counted by one clock, as their
 * comparison requires. Counts that were not delivered within a bucket's lifetime are dropped.
 */
export class TrafficCounter {
  readonly #now: () => number;
  readonly #buckets = new Map<number, Bucket>();
  #current: Bucket | undefined;
  #sequence = 0;
  #dropped = 0;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Requests whose counts were dropped because Redis was unavailable for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * @param weight the chance of a canary when the split chose the track; `excluded` if something
   * else did.
   */
  count(weight: SplitWeight, track: Track, failed: boolean, durationMs: number): void {
    const counts = stratumOf(this.#bucket().open, weight)[track];
    counts.requests += 1;
    if (failed) counts.failures += 1;
    const bin = latencyBin(durationMs);
    counts.latency.set(bin, (counts.latency.get(bin) ?? 0) + 1);
  }

  /** All undelivered batches, oldest bucket first. */
  batches(): TrafficBatch[] {
    const batches: TrafficBatch[] = [];
    for (const bucket of this.#buckets.values()) {
      if (bucket.sealed === undefined && bucket.open.size > 0) {
        this.#sequence += 1;
        bucket.sequence = this.#sequence;
        bucket.sealed = [...bucket.open.values()];
        bucket.open = new Map();
      }
      const { startMs: bucketStartMs, sequence, sealed: strata } = bucket;
      if (strata !== undefined) batches.push({ bucketStartMs, sequence, strata });
    }
    this.#forgetOld();
    return batches;
  }

  delivered({ bucketStartMs, sequence }: TrafficBatch): void {
    const bucket = this.#buckets.get(bucketStartMs);
    if (bucket?.sequence === sequence) bucket.sealed = undefined;
  }

  #bucket(): Bucket {
    const now = this.#now();
    const current = this.#current;
    if (
      current !== undefined &&
      now >= current.startMs &&
      now < current.startMs + trafficBucketMs
    ) {
      return current;
    }
    const startMs = Math.floor(now / trafficBucketMs) * trafficBucketMs;
    const bucket = this.#buckets.get(startMs) ?? newBucket(startMs);
    this.#buckets.set(startMs, bucket);
    this.#current = bucket;
    return bucket;
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [startMs, bucket] of this.#buckets) {
      const ended = now >= startMs + 2 * trafficBucketMs;
      const idle = bucket.sealed === undefined && bucket.open.size === 0;
      const expired = now >= startMs + trafficTtlSeconds * 1_000;
      if (!(ended && idle) && !expired) continue;
      this.#buckets.delete(startMs);
      if (this.#current === bucket) this.#current = undefined;
      this.#dropped += requestsIn([...bucket.open.values(), ...(bucket.sealed ?? [])]);
    }
  }
}

interface Bucket {
  readonly startMs: number;
  /** Number of the batch in `sealed`. */
  sequence: number;
  open: Map<SplitWeight, OpenStratum>;
  sealed: readonly TrafficStratum[] | undefined;
}

function newBucket(startMs: number): Bucket {
  return { startMs, sequence: 0, open: new Map(), sealed: undefined };
}

function stratumOf(open: Bucket['open'], weight: SplitWeight): OpenStratum {
  const known = open.get(weight);
  if (known !== undefined) return known;
  const stratum = openStratum(weight);
  open.set(weight, stratum);
  return stratum;
}

function requestsIn(strata: readonly TrafficStratum[]): number {
  return strata
    .flatMap((stratum) => tracks.map((track) => stratum[track].requests))
    .reduce((sum, requests) => sum + requests, 0);
}
