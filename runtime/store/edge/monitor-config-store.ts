import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Configuration of each guest's monitors, as text. */
export class MonitorConfigStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Undefined if a service has none. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async read(service: string): Promise<string | undefined> {
    try {
      return (await this.#redis.get(redisKeys(service).monitorConfig)) ?? undefined;
    } catch (error) {
      throw redisFailure("read the monitors' configuration", error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async write(service: string, text: string): Promise<void> {
    try {
      await this.#redis.set(redisKeys(service).monitorConfig, text);
    } catch (error) {
      throw redisFailure("store the monitors' configuration", error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async remove(service: string): Promise<void> {
    try {
      await this.#redis.del(redisKeys(service).monitorConfig);
    } catch (error) {
      throw redisFailure("remove the monitors' configuration", error);
    }
  }
}
