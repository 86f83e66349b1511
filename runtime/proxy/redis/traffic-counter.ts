import { tracks, type Track } from '../../contract/names.ts';
import {
  trafficBucketMs,
  trafficTtlSeconds,
  splitText,
  type Split,
} from '../../contract/traffic-fields.ts';
import type { OpenCounts, TrafficStratum } from '../../core/analysis/traffic-counts.ts';
import type { AttemptResult } from '../clients/attempt-result.ts';
import { ClientCounter, type ClientAttempt, type ClientBucket } from '../clients/client-counter.ts';
import { RunningStratum } from './running-stratum.ts';

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
 * Buckets follow Redis' clock, so that those of several proxies cover the same time. Counts that
 * were not delivered within a bucket's lifetime are dropped.
 */
export class TrafficCounter {
  /** Counts of clients, under cookie affinity. */
  readonly clients: ClientCounter;
  readonly #now: () => number;
  readonly #buckets = new Map<number, Bucket>();
  #current: Bucket | undefined;
  #sequence = 0;
  #dropped = 0;

  /** @param now milliseconds since the epoch, by Redis' clock. */
  constructor(now: () => number, clients = new ClientCounter()) {
    this.#now = now;
    this.clients = clients;
  }

  /** Requests whose counts were dropped because Redis was unavailable for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * @param split the split that chose the track; its weight is `excluded` if something else did.
   * @param durationMs of an abandoned attempt the wait.
   */
  count(split: Split, track: Track, result: AttemptResult, durationMs: number): void {
    this.#bucket().stratum(split)[track].add(result, durationMs, false);
  }

  /** Counts an attempt at a member in its warm-up. A hang is no warm-up, whenever it happens. */
  countCold(split: Split, track: Track, result: AttemptResult, durationMs: number): void {
    this.#bucket().stratum(split)[track].add(result, durationMs, true);
  }

  /** Counts an attempt for its client, beside {@link TrafficCounter.count}. */
  countClient(attempt: ClientAttempt): void {
    this.clients.count(this.#bucket(), attempt);
  }

  /** All undelivered batches, oldest bucket first. */
  batches(): TrafficBatch[] {
    this.clients.endBefore(this.#now() - trafficBucketMs + 1);
    const batches = Array.from(this.#buckets.values(), (bucket) =>
      bucket.batch(() => (this.#sequence += 1)),
    );
    this.#forgetOld();
    return batches.filter((batch) => batch !== undefined);
  }

  /** Strata of every bucket that are not delivered, sealed or not, without sealing any. */
  undelivered(): Pick<TrafficBatch, 'bucketStartMs' | 'strata'>[] {
    return Array.from(
      this.#buckets.values(),
      ({ startMs: bucketStartMs, undelivered: strata }) => ({
        bucketStartMs,
        strata,
      }),
    );
  }

  delivered({ bucketStartMs, sequence }: TrafficBatch): void {
    this.#buckets.get(bucketStartMs)?.delivered(sequence);
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
    const bucket = this.#buckets.get(startMs) ?? new Bucket(startMs);
    this.#buckets.set(startMs, bucket);
    this.#current = bucket;
    return bucket;
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [startMs, bucket] of this.#buckets) {
      const ended = now >= startMs + 2 * trafficBucketMs;
      const expired = now >= startMs + trafficTtlSeconds * 1_000;
      if (!(ended && bucket.isEmpty) && !expired) continue;
      this.#buckets.delete(startMs);
      if (this.#current === bucket) this.#current = undefined;
      this.#dropped += bucket.requests;
    }
  }
}

/** Counts of 10 s: those of the sealed batch, and newer ones. */
class Bucket implements ClientBucket {
  readonly startMs: number;
  #open = new Map<string, RunningStratum>();
  #last: { readonly split: Split; readonly stratum: RunningStratum } | undefined;
  #sealed: TrafficBatch | undefined;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  get isEmpty(): boolean {
    return this.#sealed === undefined && this.#open.size === 0;
  }

  get undelivered(): readonly TrafficStratum[] {
    const running = Array.from(this.#open.values(), (stratum) => stratum.counted());
    return [...(this.#sealed?.strata ?? []), ...running];
  }

  /** Requests that are not delivered. */
  get requests(): number {
    return this.undelivered
      .flatMap((stratum) => tracks.map((track) => stratum[track].requests))
      .reduce((sum, requests) => sum + requests, 0);
  }

  clients(split: Split, track: Track): OpenCounts['clients'] {
    return this.stratum(split)[track].clients;
  }

  /** Returns the sealed batch. Without one, seals the open counts with the next sequence number. */
  batch(nextSequence: () => number): TrafficBatch | undefined {
    if (this.#sealed === undefined && this.#open.size > 0) {
      const strata = Array.from(this.#open.values(), (stratum) => stratum.counted());
      this.#sealed = { bucketStartMs: this.startMs, sequence: nextSequence(), strata };
      this.#open = new Map();
      this.#last = undefined;
    }
    return this.#sealed;
  }

  delivered(sequence: number): void {
    if (this.#sealed?.sequence === sequence) this.#sealed = undefined;
  }

  stratum(split: Split): RunningStratum {
    // The plan's split object is the same for many requests, so its label need not be built again.
    if (this.#last?.split === split) return this.#last.stratum;
    const label = splitText(split);
    const stratum = this.#open.get(label) ?? new RunningStratum(split);
    this.#open.set(label, stratum);
    this.#last = { split, stratum };
    return stratum;
  }
}
