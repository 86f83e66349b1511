import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { hostSampleSchema, type HostSample } from '../../core/host/host-sample.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Lifetime of a sample, milliseconds. Monitors write one every 2 s. */
const sampleTtlMs = 15_000;

/** Newest sample of every host. A host without a running monitor has none. */
export class SampleStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async write(sample: HostSample): Promise<void> {
    try {
      await this.#redis.set(this.#key(sample.host), JSON.stringify(sample), 'PX', sampleTtlMs);
    } catch (error) {
      throw redisFailure('write a sample', error);
    }
  }

  /**
   * Lists the samples by host name, without those that do not fit, as from another version of
   * Perch.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async list(): Promise<HostSample[]> {
    try {
      const keys = (await scanKeys(this.#redis, this.#key('*'))).sort();
      if (keys.length === 0) return [];
      const values = await this.#redis.mget(keys);
      return values.flatMap((json) => {
        const sample = json === null ? undefined : readStored(hostSampleSchema, json);
        return sample === undefined ? [] : [sample];
      });
    } catch (error) {
      throw redisFailure('read the samples', error);
    }
  }

  #key(host: string): string {
    return redisKeys(this.#service).sample(host);
  }
}
