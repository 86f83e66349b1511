import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { parseReleaseDocument, type ReleaseDocument } from '../../core/release/release-document.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { scanKeys } from '../redis/stored-values.ts';

/** Lifetime of an offered document, seconds: a week. */
const offeredSeconds = 604_800;

/** Last good documents that proxies offer while Redis holds none, or one that is older or unreadable. */
export class LastGoodStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Offers a document. Of one generation, the first one stays.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async offer(json: string, generation: number): Promise<void> {
    const key = redisKeys(this.#service).lastGood(generation);
    try {
      await this.#redis.set(key, json, 'EX', offeredSeconds, 'NX');
    } catch (error) {
      throw redisFailure('offer the last good release document', error);
    }
  }

  /**
   * Finds the newest valid document that is offered.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async newest(): Promise<ReleaseDocument | undefined> {
    try {
      const keys = await scanKeys(this.#redis, redisKeys(this.#service).lastGood('*'));
      const values = keys.length === 0 ? [] : await this.#redis.mget(keys);
      return values
        .flatMap((json) => documentsIn(json))
        .filter(({ service }) => service === this.#service)
        .toSorted((a, b) => b.generation - a.generation)[0];
    } catch (error) {
      throw redisFailure('read the last good release documents', error);
    }
  }
}

function documentsIn(json: string | null): ReleaseDocument[] {
  if (json === null) return [];
  try {
    return [parseReleaseDocument(json)];
  } catch (error) {
    if (error instanceof PerchError) return [];
    throw error;
  }
}
