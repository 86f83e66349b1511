import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

/** Periods of one length, of which a hash of Redis keeps the newest: start of a period -> the period, JSON. */
interface PeriodHash {
  readonly key: string;
  /** Length of a period, milliseconds. */
  readonly lengthMs: number;
  /** Number of newest periods that are kept. */
  readonly retained: number;
}

export interface PeriodHistoryOptions<Name extends string, Period> {
  readonly hashes: Readonly<Record<Name, PeriodHash>>;
  readonly schema: z.ZodType<Period>;
  /** Content, for errors: "the history of the traffic". */
  readonly what: string;
}

/** Periods of several lengths, each by the name of its length. */
export class PeriodHistory<Name extends string, Period extends { readonly startMs: number }> {
  readonly #redis: Redis;
  readonly #options: PeriodHistoryOptions<Name, Period>;

  constructor(redis: Redis, options: PeriodHistoryOptions<Name, Period>) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Stores periods by their starts, so that two writers of the same one do no harm, and forgets those
   * that are too old.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async write(name: Name, periods: readonly Period[]): Promise<void> {
    const newest = periods.at(-1);
    if (newest === undefined) return;
    const { hashes, what } = this.#options;
    const { key, lengthMs, retained } = hashes[name];
    const fields = periods.flatMap((period) => [String(period.startMs), JSON.stringify(period)]);
    const oldestMs = newest.startMs - (retained - 1) * lengthMs;
    try {
      const added = await this.#redis.hset(key, ...fields);
      // Only a new period makes another one too old.
      if (added > 0) {
        const old = startsBetween(oldestMs - retained * lengthMs, oldestMs, lengthMs);
        await this.#redis.hdel(key, ...old.map(String));
      }
      await this.#redis.expire(key, (retained * lengthMs) / 1_000);
    } catch (error) {
      throw redisFailure(`store ${what}`, error);
    }
  }

  /**
   * Reads the known periods that start in [fromMs, toMs), oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(name: Name, fromMs: number, toMs: number): Promise<Period[]> {
    const { hashes, schema, what } = this.#options;
    const { key, lengthMs } = hashes[name];
    const starts = startsBetween(Math.ceil(fromMs / lengthMs) * lengthMs, toMs, lengthMs);
    if (starts.length === 0) return [];
    try {
      const values = await this.#redis.hmget(key, ...starts.map(String));
      return values.flatMap((json) => {
        const period = json === null ? undefined : readStored(schema, json);
        return period === undefined ? [] : [period];
      });
    } catch (error) {
      throw redisFailure(`read ${what}`, error);
    }
  }
}

function startsBetween(fromMs: number, toMs: number, lengthMs: number): number[] {
  const starts: number[] = [];
  for (let start = fromMs; start < toMs; start += lengthMs) starts.push(start);
  return starts;
}
