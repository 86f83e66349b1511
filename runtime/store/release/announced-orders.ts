import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { ejectionOrderSchema, type EjectionOrder } from '../../core/ejection/ejection-order.ts';
import { readStored } from '../redis/stored-values.ts';
import { orderTtlMs } from './ejection-orders.ts';

/**
 * Ejection orders to one member that monitors announce while Redis refuses writes. The subscription
 * has a separate connection.
 */
export class AnnouncedOrders {
  readonly #subscriber: Redis;
  readonly #monotonicMs: () => number;
  #newest: { readonly order: EjectionOrder; readonly atMs: number } | undefined;

  /** @param monotonicMs milliseconds of a clock that never goes back. */
  constructor(redis: Redis, service: string, memberId: string, monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    const channel = redisKeys(service).ejection(memberId);
    // A failure of ioredis' own resubscription cannot be caught and would end the process.
    const subscriber = redis.duplicate({ autoResubscribe: false });
    const subscribe = () => {
      subscriber.subscribe(channel).catch(() => subscriber.disconnect(true));
    };
    subscriber.on('error', () => {
      // The first connection logs the same failure.
    });
    subscriber.on('message', (_channel, json: string) => this.#take(json));
    subscriber.on('ready', subscribe);
    this.#subscriber = subscriber;
  }

  /** Newest order, as long as a stored one would last. */
  get current(): EjectionOrder | undefined {
    if (this.#newest === undefined) return undefined;
    const ageMs = this.#monotonicMs() - this.#newest.atMs;
    return ageMs < orderTtlMs ? this.#newest.order : undefined;
  }

  clear(): void {
    this.#newest = undefined;
  }

  stop(): void {
    this.#subscriber.disconnect();
  }

  #take(json: string): void {
    const order = readStored(ejectionOrderSchema, json);
    if (order !== undefined) this.#newest = { order, atMs: this.#monotonicMs() };
  }
}
