import { splitText, trafficBucketMs } from '../../contract/traffic-fields.ts';
import {
  openStratum,
  sumCounts,
  type TrafficBucket,
  type TrafficStratum,
} from '../../core/analysis/traffic-counts.ts';
import { TrafficCounter } from './traffic-counter.ts';

/** Time for which counts are retained, milliseconds: what a trial needs, and the running bucket. */
const retainedMs = 600_000 + 2 * trafficBucketMs;

/**
 * This process' own counts of the last ten minutes, for the local judge. The counter that Redis
 * gets seals its batches, so it cannot answer what came since; this one has a counter of its own.
 */
export class LocalTraffic {
  readonly #now: () => number;
  readonly #counter: TrafficCounter;
  /** Start of a bucket -> its strata by split. */
  readonly #retained = new Map<number, Map<string, TrafficStratum>>();

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#counter = new TrafficCounter(now);
  }

  count(...attempt: Parameters<TrafficCounter['count']>): void {
    this.#counter.count(...attempt);
  }

  /** Forgets what is too old. To be called about once a second, so that little is ever retained. */
  refresh(): void {
    for (const batch of this.#counter.batches()) {
      this.#add(batch.bucketStartMs, batch.strata);
      this.#counter.delivered(batch);
    }
    const first = this.#now() - retainedMs;
    for (const startMs of this.#retained.keys()) {
      if (startMs < first) this.#retained.delete(startMs);
    }
  }

  /** Strata of the retained buckets, oldest first. */
  buckets(): TrafficBucket[] {
    this.refresh();
    return [...this.#retained]
      .sort(([a], [b]) => a - b)
      .flatMap(([startMs, strata]) =>
        Array.from(strata.values(), (stratum) => ({ startMs, ...stratum })),
      );
  }

  #add(startMs: number, strata: readonly TrafficStratum[]): void {
    const bucket = this.#retained.get(startMs) ?? new Map<string, TrafficStratum>();
    this.#retained.set(startMs, bucket);
    for (const stratum of strata) {
      const label = splitText(stratum);
      const known = bucket.get(label) ?? openStratum(stratum);
      bucket.set(label, {
        ...known,
        stable: sumCounts([known.stable, stratum.stable]),
        canary: sumCounts([known.canary, stratum.canary]),
      });
    }
  }
}
