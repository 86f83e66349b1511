import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';
import type { TrafficStore } from './traffic-store.ts';

/** Age up to which a bucket may grow, milliseconds: a proxy repeats what Redis refused. */
const growingMs = 60_000;
/** Time after which all buckets are read again, for counts that came even later, milliseconds. */
const rereadMs = 60_000;

/** Traffic counts, summed over the proxies. Settled buckets are not read every second. */
export class TrafficSource {
  readonly #store: Pick<TrafficStore, 'read'>;
  /** Start of a bucket -> its strata; empty for a bucket without traffic. */
  readonly #settled = new Map<number, readonly TrafficBucket[]>();
  #rereadAt = 0;

  constructor(store: Pick<TrafficStore, 'read'>) {
    this.#store = store;
  }

  /** Reads all buckets again next time: after an outage of Redis, proxies add old counts. */
  reread(): void {
    this.#rereadAt = 0;
  }

  /**
   * Returns the strata of the buckets that start in [fromMs, nowMs], oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(fromMs: number, nowMs: number): Promise<TrafficBucket[]> {
    if (nowMs >= this.#rereadAt) {
      this.#settled.clear();
      this.#rereadAt = nowMs + rereadMs;
    }
    const first = Math.ceil(fromMs / trafficBucketMs) * trafficBucketMs;
    const known: TrafficBucket[] = [];
    let next = first;
    for (let strata = this.#settled.get(next); strata; strata = this.#settled.get(next)) {
      known.push(...strata);
      next += trafficBucketMs;
    }
    const fresh = await this.#store.read(next, nowMs + 1);
    const byStart = Map.groupBy(fresh, ({ startMs }) => startMs);
    for (let start = next; start < nowMs - growingMs; start += trafficBucketMs) {
      this.#settled.set(start, byStart.get(start) ?? []);
    }
    for (const start of this.#settled.keys()) {
      if (start < first) this.#settled.delete(start);
    }
    return [...known, ...fresh];
  }
}
