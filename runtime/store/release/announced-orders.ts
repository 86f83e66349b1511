import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { ejectionOrderSchema, type EjectionOrder } from '../../core/ejection/ejection-order.ts';
import { ChannelSubscription } from '../redis/channel-subscription.ts';
import { readStored } from '../redis/stored-values.ts';
import { orderTtlMs } from './ejection-orders.ts';

/** Ejection orders to one member that monitors announce while Redis refuses writes. */
export class AnnouncedOrders {
  readonly #announcements: ChannelSubscription;
  readonly #monotonicMs: () => number;
  #newest: { readonly order: EjectionOrder; readonly atMs: number } | undefined;

  /** @param monotonicMs milliseconds of a clock that never goes back. */
  constructor(redis: Redis, service: string, memberId: string, monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    const channel = redisKeys(service).ejection(memberId);
    this.#announcements = new ChannelSubscription(redis, channel, (json) => this.#take(json));
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
    this.#announcements.stop();
  }

  #take(json: string): void {
    const order = readStored(ejectionOrderSchema, json);
    if (order !== undefined) this.#newest = { order, atMs: this.#monotonicMs() };
  }
}
