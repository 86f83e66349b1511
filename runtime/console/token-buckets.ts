/** Rate that a token bucket lets through. */
export interface Allowance {
  /** Requests at once. */
  readonly burst: number;
  /** Requests per second in the long run. */
  readonly perSecond: number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets that are kept. */
const mostBuckets = 1_000;

/** Token buckets by name. Beyond 1,000, the least recently used one is forgotten and begins anew. */
export class TokenBuckets {
  readonly #allowance: Allowance;
  readonly #now: () => number;
  /** The least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param now - monotonic time, milliseconds. */
  constructor(allowance: Allowance, now: () => number) {
    this.#allowance = allowance;
    this.#now = now;
  }

  /** Returns true if the bucket had a token, which is taken. */
  take(name: string): boolean {
    const { burst, perSecond } = this.#allowance;
    const nowMs = this.#now();
    const { tokens, atMs } = this.#buckets.get(name) ?? { tokens: burst, atMs: nowMs };
    const left = Math.min(burst, tokens + ((nowMs - atMs) * perSecond) / 1_000);
    const isTaken = left >= 1;
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: isTaken ? left - 1 : left, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > mostBuckets && oldest !== undefined) this.#buckets.delete(oldest);
    return isTaken;
  }
}
