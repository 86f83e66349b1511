import { splitText, trafficBucketMs } from '../../contract/traffic-fields.ts';
import { baselineMs } from '../../core/analysis/advance-trial.ts';
import {
  openStratum,
  sumCounts,
  type TrafficBucket,
  type TrafficStratum,
} from '../../core/analysis/traffic-counts.ts';
import type { TrafficBatch, TrafficCounter } from './traffic-counter.ts';

/** Time for which counts are retained, milliseconds: what a trial needs, and the running bucket. */
const retainedMs = baselineMs + 2 * trafficBucketMs;

/** Strata by their split. */
type Strata = Map<string, TrafficStratum>;

type Counter = Pick<TrafficCounter, 'batches' | 'clients' | 'delivered' | 'undelivered'>;

/**
 * This process' own counts of the last ten minutes, for the local judge: those that Redis has taken,
 * retained here as they are delivered, and those that it has not.
 */
export class LocalTraffic {
  readonly #counter: Counter;
  readonly #now: () => number;
  /** Start of a bucket -> what Redis has taken of it. */
  readonly #delivered = new Map<number, Strata>();

  /** @param now milliseconds since the epoch, by the clock of the counter. */
  constructor(counter: Counter, now: () => number) {
    this.#counter = counter;
    this.#now = now;
  }

  get clients() {
    return this.#counter.clients;
  }

  /** All undelivered batches of the counter. */
  batches(): TrafficBatch[] {
    return this.#counter.batches();
  }

  /** Passes the delivery on to the counter, and retains what was delivered. */
  delivered(batch: TrafficBatch): void {
    this.#counter.delivered(batch);
    addStrata(this.#delivered, batch.bucketStartMs, batch.strata);
    const first = this.#now() - retainedMs;
    for (const startMs of this.#delivered.keys()) {
      if (startMs < first) this.#delivered.delete(startMs);
    }
  }

  /** Strata of the last ten minutes, oldest first. */
  buckets(): TrafficBucket[] {
    const all = new Map(
      [...this.#delivered].map(([startMs, strata]) => [startMs, new Map(strata)]),
    );
    const first = this.#now() - retainedMs;
    for (const { bucketStartMs, strata } of this.#counter.undelivered()) {
      if (bucketStartMs >= first) addStrata(all, bucketStartMs, strata);
    }
    return [...all]
      .sort(([a], [b]) => a - b)
      .flatMap(([startMs, strata]) =>
        Array.from(strata.values(), (stratum) => ({ ...stratum, startMs })),
      );
  }
}

function addStrata(
  buckets: Map<number, Strata>,
  startMs: number,
  strata: readonly TrafficStratum[],
): void {
  const bucket: Strata = buckets.get(startMs) ?? new Map();
  buckets.set(startMs, bucket);
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
