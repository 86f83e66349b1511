import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import {
  releaseEntrySchema,
  releaseRecords,
  rememberedReleases,
  type ReleaseEntry,
  type ReleaseRecord,
} from '../../core/release/release-history.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

const field = 'entry';
/**
 * A release has a start, and up to two ends: its members serve, and its watch is over. Of a canary the
 * judgement is one more.
 */
export const retainedEntries = 4 * rememberedReleases;

/** Record of a service's releases: a stream to which writers only append. */
export class ReleaseHistoryStore {
  readonly #redis: Redis;
  readonly #stream: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#stream = redisKeys(service).releases;
  }

  /**
   * Appends an entry.
   * @returns its id.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async append(entry: ReleaseEntry): Promise<string> {
    const json = JSON.stringify(entry);
    try {
      const id = await this.#redis.xadd(this.#stream, 'MAXLEN', retainedEntries, '*', field, json);
      return id ?? '';
    } catch (error) {
      throw redisFailure('record a release', error);
    }
  }

  /**
   * Returns the remembered releases, oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async list(): Promise<ReleaseRecord[]> {
    try {
      const entries = await this.#redis.xrange(this.#stream, '-', '+');
      return releaseRecords(
        entries.flatMap(([id, [, json = '']]) => {
          const entry = readStored(releaseEntrySchema, json);
          return entry === undefined ? [] : [{ ...entry, id, at: Number(id.split('-', 1)[0]) }];
        }),
      );
    } catch (error) {
      throw redisFailure('read the releases', error);
    }
  }
}
