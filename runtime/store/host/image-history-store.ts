import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import type { ImageHistory } from '../../core/host/image-retention.ts';
import { readStored } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Lifetime of the history of a host whose monitor writes no more, milliseconds: 90 days. */
const historyTtlMs = 90 * 86_400_000;

const recordSchema = z.object({
  firstSeenMs: z.number(),
  usedMs: z.record(z.string(), z.number()),
});

/**
 * History of the images of each host. It is in Redis, because Docker keeps no time of a pull (before
 * version 25) and forgets what a removed container ran, and a monitor is replaced with every release.
 */
export class ImageHistoryStore {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, service: string, host: string) {
    this.#redis = redis;
    this.#key = redisKeys(service).images(host);
  }

  /**
   * Reads the history, without records that do not fit, as from another version of Perch.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(): Promise<ImageHistory> {
    try {
      const stored = Object.entries(await this.#redis.hgetall(this.#key));
      return Object.fromEntries(
        stored.flatMap(([id, json]) => {
          const record = readStored(recordSchema, json);
          return record === undefined ? [] : [[id, record]];
        }),
      );
    } catch (error) {
      throw redisFailure('read the history of images', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async write(history: ImageHistory): Promise<void> {
    const fields = Object.entries(history).flatMap(([id, record]) => [id, JSON.stringify(record)]);
    const change = this.#redis.multi().del(this.#key);
    if (fields.length > 0) change.hset(this.#key, ...fields).pexpire(this.#key, historyTtlMs);
    try {
      await change.exec();
    } catch (error) {
      throw redisFailure('write the history of images', error);
    }
  }
}
