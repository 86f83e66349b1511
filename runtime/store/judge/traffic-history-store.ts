import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { trafficPeriodSchema, type TrafficPeriod } from '../../core/analysis/traffic-period.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

/** Lengths of the periods, and the number of newest ones that are kept: a day, and 30 days. */
export const trafficHistories = {
  minutes: { lengthMs: 60_000, retained: 1_440 },
  hours: { lengthMs: 3_600_000, retained: 720 },
} as const;

export type TrafficHistoryName = keyof typeof trafficHistories;

/**
 * Traffic beyond the life of the counts that the judge needs: by the minute for a day, by the hour for
 * 30 days. One entry has about 300 bytes, so that a service needs less than 1 MB.
 */
export class TrafficHistoryStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Stores periods by their starts, so that two writers of the same one do no harm, and forgets those
   * that are too old.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async write(name: TrafficHistoryName, periods: readonly TrafficPeriod[]): Promise<void> {
    const newest = periods.at(-1);
    if (newest === undefined) return;
    const { lengthMs, retained } = trafficHistories[name];
    const key = this.#key(name);
    const fields = periods.flatMap((period) => [String(period.startMs), JSON.stringify(period)]);
    const oldestMs = newest.startMs - (retained - 1) * lengthMs;
    const old = startsBetween(oldestMs - retained * lengthMs, oldestMs, lengthMs);
    try {
      await this.#redis.hset(key, ...fields);
      await this.#redis.hdel(key, ...old.map(String));
      await this.#redis.expire(key, (retained * lengthMs) / 1_000);
    } catch (error) {
      throw redisFailure('store the history of the traffic', error);
    }
  }

  /**
   * Reads the known periods that start in [fromMs, toMs), oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(name: TrafficHistoryName, fromMs: number, toMs: number): Promise<TrafficPeriod[]> {
    const { lengthMs } = trafficHistories[name];
    const starts = startsBetween(Math.ceil(fromMs / lengthMs) * lengthMs, toMs, lengthMs);
    if (starts.length === 0) return [];
    try {
      const values = await this.#redis.hmget(this.#key(name), ...starts.map(String));
      return values.flatMap((json) => {
        const period = json === null ? undefined : readStored(trafficPeriodSchema, json);
        return period === undefined ? [] : [period];
      });
    } catch (error) {
      throw redisFailure('read the history of the traffic', error);
    }
  }

  #key(name: TrafficHistoryName): string {
    const { trafficMinutes, trafficHours } = redisKeys(this.#service);
    return { minutes: trafficMinutes, hours: trafficHours }[name];
  }
}

function startsBetween(fromMs: number, toMs: number, lengthMs: number): number[] {
  const starts: number[] = [];
  for (let start = fromMs; start < toMs; start += lengthMs) starts.push(start);
  return starts;
}
