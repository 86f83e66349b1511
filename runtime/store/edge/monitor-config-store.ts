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

  /**
   * Removes the configuration of a service.
   * @returns true if there was one.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async remove(service: string): Promise<boolean> {
    try {
      return (await this.#redis.del(redisKeys(service).monitorConfig)) > 0;
    } catch (error) {
      throw redisFailure("remove the monitors' configuration", error);
    }
  }
}
