import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { ejectionOrderSchema, type EjectionOrder } from '../../core/ejection/ejection-order.ts';
import { readStored } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Lifetime of an order, milliseconds: long enough for a member that restarts repeatedly. */
export const orderTtlMs = 30_000;

/**
 * Ejection orders of monitors to canaries, one per member. Every client with Redis' password may
 * give them.
 */
export class EjectionOrders {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Stores an order. If Redis refuses writes, announces it to the member, which Redis still does.
   * @throws PerchError `redis_unavailable`; `redis_refused` if the member was not reached either.
   */
  async give(memberId: string, order: EjectionOrder): Promise<void> {
    const json = JSON.stringify(order);
    try {
      await this.#redis.set(this.#key(memberId), json, 'PX', orderTtlMs);
    } catch (error) {
      const failure = redisFailure('give an ejection order', error);
      if (failure.code !== 'redis_refused') throw failure;
      if ((await this.#announce(memberId, json)) === 0) throw failure;
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async read(memberId: string): Promise<EjectionOrder | undefined> {
    try {
      const json = await this.#redis.get(this.#key(memberId));
      return json === null ? undefined : readStored(ejectionOrderSchema, json);
    } catch (error) {
      throw redisFailure('read an ejection order', error);
    }
  }

  /** Deletes an order that the member has followed, so that it does not apply to a later return. */
  async clear(memberId: string): Promise<void> {
    try {
      await this.#redis.del(this.#key(memberId));
    } catch (error) {
      throw redisFailure('clear an ejection order', error);
    }
  }

  /** @returns the number of receivers. */
  async #announce(memberId: string, json: string): Promise<number> {
    try {
      return await this.#redis.publish(this.#key(memberId), json);
    } catch (error) {
      throw redisFailure('announce an ejection order', error);
    }
  }

  #key(memberId: string): string {
    return redisKeys(this.#service).ejection(memberId);
  }
}
