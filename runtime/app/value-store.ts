import type { Redis } from 'ioredis';
import { redisKeys } from '../contract/redis-keys.ts';
import { redisFailure } from '../store/redis/redis-failure.ts';

/** Maximum of keys per service, so that nobody can fill Redis through `/set`. */
export const maxValues = 1_000;

/** Checks for room and writes in one step, because several members write at once. */
const setScript = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`;

/** The values of the app's `/set` and `/get`, shared by all members of a service. */
export class ValueStore {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#key = redisKeys(service).app;
  }

  /**
   * @returns `full` if the key is new and {@link maxValues} keys are stored already.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async set(key: string, value: string): Promise<'stored' | 'full'> {
    try {
      const stored = await this.#redis.eval(setScript, 1, this.#key, key, value, maxValues);
      return stored === 1 ? 'stored' : 'full';
    } catch (error) {
      throw redisFailure('set', error);
    }
  }

  /**
   * Adds 1 to a whole number, which is 0 if it is not stored.
   * @returns the sum.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async increment(key: string): Promise<number> {
    try {
      return await this.#redis.hincrby(this.#key, key, 1);
    } catch (error) {
      throw redisFailure('increment', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async get(key: string): Promise<string | undefined> {
    try {
      return (await this.#redis.hget(this.#key, key)) ?? undefined;
    } catch (error) {
      throw redisFailure('get', error);
    }
  }
}
