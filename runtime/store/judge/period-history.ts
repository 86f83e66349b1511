import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

export interface PeriodHistoryOptions<Period> {
  /** Hash: start of a period -> the period, JSON. */
  readonly key: string;
  readonly schema: z.ZodType<Period>;
  /** Length of a period, milliseconds. */
  readonly lengthMs: number;
  /** Number of newest periods that are kept. */
  readonly retained: number;
  /** Content, for errors: "the history of the traffic". */
  readonly what: string;
}

/** Periods of one length, of which a hash of Redis keeps the newest. */
export class PeriodHistory<Period extends { readonly startMs: number }> {
  readonly #redis: Redis;
  readonly #options: PeriodHistoryOptions<Period>;

  constructor(redis: Redis, options: PeriodHistoryOptions<Period>) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Stores periods by their starts, so that two writers of the same one do no harm, and forgets those
   * that are too old.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async write(periods: readonly Period[]): Promise<void> {
    const newest = periods.at(-1);
    if (newest === undefined) return;
    const { key, lengthMs, retained, what } = this.#options;
    const fields = periods.flatMap((period) => [String(period.startMs), JSON.stringify(period)]);
    const oldestMs = newest.startMs - (retained - 1) * lengthMs;
    const old = startsBetween(oldestMs - retained * lengthMs, oldestMs, lengthMs);
    try {
      await this.#redis.hset(key, ...fields);
      await this.#redis.hdel(key, ...old.map(String));
      await this.#redis.expire(key, (retained * lengthMs) / 1_000);
    } catch (error) {
      throw redisFailure(`store ${what}`, error);
    }
  }

  /**
   * Reads the known periods that start in [fromMs, toMs), oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(fromMs: number, toMs: number): Promise<Period[]> {
    const { key, schema, lengthMs, what } = this.#options;
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
