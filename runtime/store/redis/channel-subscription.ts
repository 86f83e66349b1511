import type { Redis } from 'ioredis';

/** Subscription to one channel, on a separate connection that subscribes anew after each break. */
export class ChannelSubscription {
  readonly #subscriber: Redis;

  constructor(redis: Redis, channel: string, onMessage: (message: string) => void) {
    // A failure of ioredis' own resubscription cannot be caught and would end the process.
    const subscriber = redis.duplicate({ autoResubscribe: false });
    subscriber.on('error', () => {
      // The first connection logs the same failure.
    });
    subscriber.on('message', (_channel, message: string) => onMessage(message));
    subscriber.on('ready', () => {
      subscriber.subscribe(channel).catch(() => subscriber.disconnect(true));
    });
    this.#subscriber = subscriber;
  }

  /** Pings the server, because a dead connection reports nothing by itself. */
  check(): void {
    if (this.#subscriber.status !== 'ready') return;
    this.#subscriber.ping().catch(() => this.#subscriber.disconnect(true));
  }

  stop(): void {
    this.#subscriber.disconnect();
  }
}
