import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { timeOfChange } from '../../core/flags/flag-change.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { changesIn } from './flag-history.ts';

/** Deleted flags whose history is kept. */
const rememberedDeletions = 100;

/** Reads the histories of the flags, which {@link FlagStore} writes. */
export class FlagHistoryStore {
  readonly #redis: Redis;
  readonly #hash: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#hash = redisKeys(service).flagHistory;
  }

  /**
   * Forgets the deleted flags but the newest, so that another one may follow.
   * @throws PerchError as {@link wereDeleted}.
   */
  async forgetOld(): Promise<void> {
    try {
      const all = Object.entries(await this.#redis.hgetall(this.#hash));
      const deleted = all
        .flatMap(([key, json]) => {
          const [newest] = changesIn(json);
          return newest?.after === null ? [{ key, at: timeOfChange(newest) }] : [];
        })
        .toSorted((a, b) => b.at - a.at);
      const old = deleted.slice(rememberedDeletions - 1).map(({ key }) => key);
      if (old.length > 0) await this.#redis.hdel(this.#hash, ...old);
    } catch (error) {
      throw redisFailure('forget the histories of deleted flags', error);
    }
  }

  /**
   * True if all of these flags were deleted: Redis did not lose them.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async wereDeleted(keys: readonly string[]): Promise<boolean> {
    try {
      const histories = await this.#redis.hmget(this.#hash, ...keys);
      return histories.every((json) => changesIn(json ?? '')[0]?.after === null);
    } catch (error) {
      throw redisFailure('read the histories of the flags', error);
    }
  }
}
