import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from './redis-failure.ts';
import { readStored } from './stored-values.ts';

const repairSchema = z.object({
  /** Start of the repair, milliseconds since the epoch by the clock of Redis' host. */
  at: z.int(),
  lostBytes: z.int(),
  /** Size of the torn file before the repair. */
  sizeBytes: z.int(),
  /** True if the files before the repair are kept on the volume. */
  copy: z.boolean(),
});

/** Note of Redis' container on its last repair of the append-only file; it expires after a day. */
export type RedisRepair = z.infer<typeof repairSchema>;

/** Repair of a torn append-only file, as the start of Redis' container noted it. */
export class RedisRepairStore {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#key = redisKeys(service).redisRepair;
  }

  /**
   * Reads the note; undefined if Redis was not repaired within a day, or the loss is made good.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(): Promise<RedisRepair | undefined> {
    try {
      const json = await this.#redis.get(this.#key);
      return json === null ? undefined : readStored(repairSchema, json);
    } catch (error) {
      throw redisFailure("read the note on Redis' repair", error);
    }
  }

  /**
   * Deletes the note, which resolves the incident.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async forget(): Promise<void> {
    try {
      await this.#redis.del(this.#key);
    } catch (error) {
      throw redisFailure("delete the note on Redis' repair", error);
    }
  }
}
