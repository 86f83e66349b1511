import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import type { TrafficBucket } from '../../decide/traffic.ts';
import type { TrafficStore } from '../../state/traffic-store.ts';

/** Buckets this young may still grow: a proxy hands in late what Redis did not take at once. */
const growingMs = 60_000;
/** How often all of them are read again, for what came later still. */
const rereadMs = 60_000;

/** What the proxies counted, summed over them; what is settled is not read every second. */
export class TrafficSource {
  readonly #store: Pick<TrafficStore, 'read'>;
  readonly #settled = new Map<number, TrafficBucket>();
  #rereadAt = 0;

  constructor(store: Pick<TrafficStore, 'read'>) {
    this.#store = store;
  }

  /**
   * The buckets that start in [fromMs, nowMs], oldest first.
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
    for (let bucket = this.#settled.get(next); bucket; bucket = this.#settled.get(next)) {
      known.push(bucket);
      next += trafficBucketMs;
    }
    const fresh = await this.#store.read(next, nowMs + 1);
    for (const bucket of fresh) {
      if (bucket.startMs < nowMs - growingMs) this.#settled.set(bucket.startMs, bucket);
    }
    for (const startMs of this.#settled.keys()) {
      if (startMs < first) this.#settled.delete(startMs);
    }
    return [...known, ...fresh];
  }
}
