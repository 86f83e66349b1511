import type { Redis } from 'ioredis';
import { Periodic } from '../local/periodic.ts';

export interface HintedPollOptions {
  readonly redis: Redis;
  /** Messages on this channel trigger a poll. The interval covers lost messages. */
  readonly channel: string;
  readonly intervalMs: number;
  /** Reads the current value; must not throw. */
  readonly job: () => Promise<void>;
}

/**
 * Polls every `intervalMs`, and at once on a message. The subscription has a separate connection,
 * which each poll pings, because a dead connection reports nothing by itself.
 */
export class HintedPoll {
  readonly #options: HintedPollOptions;
  readonly #subscriber: Redis;
  #periodic: Periodic | undefined;
  #stopped = false;

  constructor(options: HintedPollOptions) {
    this.#options = options;
    // A failure of ioredis' own resubscription cannot be caught and would end the process.
    this.#subscriber = options.redis.duplicate({ autoResubscribe: false });
    this.#subscriber.on('error', () => {
      // The first connection logs the same failure; here only the hint is late.
    });
  }

  /** Settles after the first poll. */
  async start(): Promise<void> {
    const { channel, intervalMs, job } = this.#options;
    this.#subscriber.on('message', () => this.#periodic?.runNow());
    this.#subscriber.on('ready', () => this.#subscribe(channel));
    if (this.#subscriber.status === 'ready') this.#subscribe(channel);
    await job();
    if (this.#stopped) return;
    this.#periodic = new Periodic(async () => {
      this.#checkSubscriber();
      await job();
    }, intervalMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#periodic?.stop();
    this.#subscriber.disconnect();
  }

  #subscribe(channel: string): void {
    this.#subscriber.subscribe(channel).catch(() => this.#subscriber.disconnect(true));
  }

  #checkSubscriber(): void {
    if (this.#subscriber.status !== 'ready') return;
    this.#subscriber.ping().catch(() => this.#subscriber.disconnect(true));
  }
}
