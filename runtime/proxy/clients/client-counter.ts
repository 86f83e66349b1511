import type { Track } from '../../contract/names.ts';
import { splitText, type HarmMetric, type Split } from '../../contract/traffic-fields.ts';
import type { OpenCounts } from '../../core/analysis/traffic-counts.ts';
import { hitBit, noHits, type ClientHits } from '../../core/routing/client-memory.ts';
import type { AttemptResult } from './attempt-result.ts';
import { ownCopy, setNewest } from './bounded-memory.ts';

/** Limits of what a client counter remembers. */
export interface ClientCounterOptions {
  /** Clients of one bucket; later ones are not counted. Default 20,000. */
  readonly mostSeen?: number;
  /** Clients of one rollout that were hit; the one hit longest ago is forgotten. Default 50,000. */
  readonly mostHit?: number;
}

/** Latency above which a request is slow for its client, milliseconds, by track. */
export type KnownSlowBounds = Readonly<Partial<Record<Track, number>>>;

/** Traffic bucket that clients are counted in. */
export interface ClientBucket {
  readonly startMs: number;
  /** Counts of one stratum and track. */
  clients(split: Split, track: Track): OpenCounts['clients'];
}

/** One attempt of a client that the split routed. */
export interface ClientAttempt {
  readonly clientId: string;
  /** Hits that the client's cookie remembers for the rollout of the split. */
  readonly hits: ClientHits;
  readonly split: Split;
  readonly track: Track;
  readonly result: AttemptResult;
  /** Milliseconds; 0 for an answer that is excused from being slow, as in a warm-up. */
  readonly durationMs: number;
}

/** A client in one stratum of the running bucket. */
interface SeenClient {
  readonly track: Track;
  /** Hits that its cookie remembers. */
  hits: ClientHits;
  /** True once an attempt of it was answered or failed. */
  isCounted: boolean;
  /** Metrics for which it was counted as at risk. */
  atRisk: ClientHits;
  timed: number;
  slow: number;
}

interface SeenStratum {
  readonly split: Split;
  readonly clients: Map<string, SeenClient>;
}

/**
 * Counts clients for the judge's logrank test, under cookie affinity. In each bucket and stratum:
 *
 * - `atRisk`: the clients that were seen and that the metric had not hit earlier in the rollout.
 * - `hit`: those among them that it hit for the first time. Errors hit a client with its first
 *   failure, rejections with its first 4xx, latency in the first bucket in which more than half of
 *   its timed requests were slow, which is decided when the bucket ends.
 *
 * A client is counted once per bucket, however many requests it sends. Its hits are remembered by
 * its cookie, and here, because requests that are on their way do not bring the newest cookie. The
 * memory is bounded, and an attempt costs two or three look-ups.
 */
export class ClientCounter {
  /** Undefined bounds: latency is not counted. Set by whoever reads the judge's status. */
  slowBounds: KnownSlowBounds = {};
  readonly #mostSeen: number;
  readonly #mostHit: number;
  #rolloutId: string | undefined;
  /** Hits of the rollout's clients, the client hit longest ago first. */
  #hits = new Map<string, ClientHits>();
  #bucket: ClientBucket | undefined;
  #strata = new Map<string, SeenStratum>();
  #last: SeenStratum | undefined;
  #seen = 0;

  constructor({ mostSeen = 20_000, mostHit = 50_000 }: ClientCounterOptions = {}) {
    this.#mostSeen = mostSeen;
    this.#mostHit = mostHit;
  }

  /** Hits of a client that this process remembers in a rollout. */
  hitsOf(rolloutId: string, clientId: string): ClientHits {
    return rolloutId === this.#rolloutId ? (this.#hits.get(clientId) ?? noHits) : noHits;
  }

  /** Forgets the clients of another rollout. Later attempts of that one are not counted. */
  follow(rolloutId: string): void {
    if (rolloutId === this.#rolloutId) return;
    this.end();
    this.#rolloutId = rolloutId;
    this.#hits = new Map();
  }

  count(bucket: ClientBucket, attempt: ClientAttempt): void {
    if (attempt.split.rolloutId !== this.#rolloutId) return;
    const isSlow = this.#isSlow(attempt);
    const isAbandoned = attempt.result === 'abandoned';
    if (isAbandoned && isSlow !== true) return;
    if (bucket !== this.#bucket) {
      this.end();
      this.#bucket = bucket;
    }
    const client = this.#see(attempt);
    if (client !== undefined) {
      client.hits |= attempt.hits;
      if (isSlow !== undefined) client.timed += 1;
      if (isSlow === true) client.slow += 1;
    }
    if (isAbandoned) return;
    if (client?.isCounted === false) this.#countAtRisk(bucket, attempt, client);
    if (attempt.result === 'failed') this.#hit('errors', bucket, { attempt, client });
    if (attempt.result === 'rejected') this.#hit('rejections', bucket, { attempt, client });
  }

  /** Ends the bucket if it is over. To be called about once a second. */
  endBefore(endMs: number): void {
    if (this.#bucket !== undefined && this.#bucket.startMs < endMs) this.end();
  }

  /** Decides on the latencies of the bucket's clients, and forgets who was seen in it. */
  end(): void {
    const bucket = this.#bucket;
    if (bucket !== undefined) {
      for (const stratum of this.#strata.values()) this.#countLatency(bucket, stratum);
    }
    this.#bucket = undefined;
    this.#strata = new Map();
    this.#last = undefined;
    this.#seen = 0;
  }

  /** True if the attempt was slow; undefined while no bound is known. */
  #isSlow({ track, durationMs }: ClientAttempt): boolean | undefined {
    const bound = this.slowBounds[track];
    return bound === undefined ? undefined : durationMs > bound;
  }

  /** Returns the attempt's client in the running bucket; undefined if there are too many. */
  #see({ clientId, hits, split, track }: ClientAttempt): SeenClient | undefined {
    const { clients } = this.#stratum(split);
    const known = clients.get(clientId);
    if (known !== undefined || this.#seen >= this.#mostSeen) return known;
    this.#seen += 1;
    const client = { track, hits, isCounted: false, atRisk: noHits, timed: 0, slow: 0 };
    clients.set(ownCopy(clientId), client);
    return client;
  }

  #stratum(split: Split): SeenStratum {
    if (this.#last?.split === split) return this.#last;
    const label = splitText(split);
    const stratum = { split, clients: this.#strata.get(label)?.clients ?? new Map() };
    this.#strata.set(label, stratum);
    this.#last = stratum;
    return stratum;
  }

  #countAtRisk(bucket: ClientBucket, { clientId, split }: ClientAttempt, client: SeenClient): void {
    client.isCounted = true;
    const counts = bucket.clients(split, client.track);
    const hits = client.hits | (this.#hits.get(clientId) ?? noHits);
    for (const metric of ['errors', 'rejections'] as const) {
      if ((hits & hitBit(metric)) !== 0) continue;
      client.atRisk |= hitBit(metric);
      counts[metric].atRisk += 1;
    }
  }

  #hit(
    metric: HarmMetric,
    bucket: ClientBucket,
    { attempt, client }: { attempt: ClientAttempt; client: SeenClient | undefined },
  ): void {
    const { clientId, hits, split } = attempt;
    const bit = hitBit(metric);
    const known = hits | (client?.hits ?? noHits) | (this.#hits.get(clientId) ?? noHits);
    this.#remember(clientId, known | bit);
    if ((known & bit) !== 0 || client === undefined || (client.atRisk & bit) === 0) return;
    bucket.clients(split, client.track)[metric].hit += 1;
  }

  #countLatency(bucket: ClientBucket, { split, clients }: SeenStratum): void {
    const bit = hitBit('latency');
    for (const [clientId, { track, hits, timed, slow }] of clients) {
      if (timed === 0) continue;
      const known = hits | (this.#hits.get(clientId) ?? noHits);
      if ((known & bit) !== 0) continue;
      const counts = bucket.clients(split, track).latency;
      counts.atRisk += 1;
      if (slow * 2 <= timed) continue;
      counts.hit += 1;
      this.#remember(clientId, known | bit);
    }
  }

  #remember(clientId: string, hits: ClientHits): void {
    setNewest(this.#hits, ownCopy(clientId), hits, this.#mostHit);
  }
}
