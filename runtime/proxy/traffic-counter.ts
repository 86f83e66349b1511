import { tracks, type Track } from '../contract/names.ts';
import { trafficBucketMs, trafficTtlSeconds } from '../contract/traffic-fields.ts';
import { latencyBin } from '../decide/latency-histogram.ts';
import type { TrackCounts } from '../decide/traffic.ts';

/** Counts of one bucket that are to be added in one piece, at most once. */
export interface TrafficBatch {
  readonly bucketStartMs: number;
  /** Grows from batch to batch, whatever their buckets. */
  readonly sequence: number;
  readonly counts: Readonly<Record<Track, TrackCounts>>;
}

/**
 * Counts the attempts per 10 s bucket and track, and hands them out in numbered batches.
 *
 * A batch that was handed out is frozen: until {@link TrafficCounter.delivered} it is handed out
 * again as it is, with the same number, and what is counted meanwhile waits for the next one. So
 * the receiver can tell a repetition from something new, and an answer that got lost on the way
 * neither loses a request nor counts one twice.
 *
 * Buckets are of this machine's clock: both tracks of a bucket are counted by the same clock, which
 * is what a comparison needs. What nobody took for as long as buckets are kept is dropped.
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

  /** Requests whose counts were dropped because Redis was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  count(track: Track, failed: boolean, durationMs: number): void {
    const bucket = this.#bucket();
    const counts = bucket.open[track];
    counts.requests += 1;
    if (failed) counts.failures += 1;
    const bin = latencyBin(durationMs);
    counts.latency.set(bin, (counts.latency.get(bin) ?? 0) + 1);
  }

  /** All that is not delivered yet, oldest first. */
  batches(): TrafficBatch[] {
    const batches: TrafficBatch[] = [];
    for (const bucket of this.#buckets.values()) {
      if (bucket.sealed === undefined && !isEmpty(bucket.open)) {
        this.#sequence += 1;
        bucket.sequence = this.#sequence;
        bucket.sealed = bucket.open;
        bucket.open = emptyCounts();
      }
      const { startMs: bucketStartMs, sequence, sealed: counts } = bucket;
      if (counts !== undefined) batches.push({ bucketStartMs, sequence, counts });
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
      const over = now >= startMs + 2 * trafficBucketMs;
      const idle = bucket.sealed === undefined && isEmpty(bucket.open);
      const expired = now >= startMs + trafficTtlSeconds * 1_000;
      if (!(over && idle) && !expired) continue;
      this.#buckets.delete(startMs);
      if (this.#current === bucket) this.#current = undefined;
      for (const track of tracks) {
        this.#dropped += bucket.open[track].requests + (bucket.sealed?.[track].requests ?? 0);
      }
    }
  }
}

interface OpenCounts extends TrackCounts {
  requests: number;
  failures: number;
  readonly latency: Map<number, number>;
}

interface Bucket {
  readonly startMs: number;
  /** Of the batch in `sealed`. */
  sequence: number;
  open: Record<Track, OpenCounts>;
  sealed: Record<Track, OpenCounts> | undefined;
}

function newBucket(startMs: number): Bucket {
  return { startMs, sequence: 0, open: emptyCounts(), sealed: undefined };
}

function noCounts(): OpenCounts {
  return { requests: 0, failures: 0, latency: new Map() };
}

function emptyCounts(): Record<Track, OpenCounts> {
  return { stable: noCounts(), canary: noCounts() };
}

function isEmpty(counts: Record<Track, OpenCounts>): boolean {
  return counts.stable.requests + counts.canary.requests === 0;
}
