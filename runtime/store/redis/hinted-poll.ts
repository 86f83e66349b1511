import type { Redis } from 'ioredis';
import { Periodic } from '../local/periodic.ts';

export interface HintedPollOptions {
  readonly redis: Redis;
  /** Messages here mean: ask now. They may get lost; the interval makes up for it. */
  readonly channel: string;
  readonly intervalMs: number;
  /** Asks the truth; must not throw. */
  readonly job: () => Promise<void>;
}

/**
 * Asks every `intervalMs`, and at once on a message. The subscription has a connection of its own,
 * which is asked for a sign of life with every poll, for a dead link tells nothing by itself.
 */
export class HintedPoll {
  readonly #options: HintedPollOptions;
  readonly #subscriber: Redis;
  #periodic: Periodic | undefined;
  #stopped = false;

  constructor(options: HintedPollOptions) {
    this.#options = options;
    // ioredis' own resubscription lets nobody catch its failure, which would end the process.
    this.#subscriber = options.redis.duplicate({ autoResubscribe: false });
    this.#subscriber.on('error', () => {
      // The first connection logs the same trouble; here only the hint is late.
    });
  }

  /** Settles after the first answer. */
  async start(): Promise<void> {
    const { channel, intervalMs, job } = this.#options;
    this.#subscriber.on('message', () => this.#periodic?.runNow());
    this.#subscriber.on('ready', () => this.#subscribe(channel));
    if (this.#subscriber.status === 'ready') this.#subscribe(channel);
    await job();
    if (this.#stopped) return;
    this.#periodic = new Periodic(async () => {
      this.#signOfLife();
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

  #signOfLife(): void {
    if (this.#subscriber.status !== 'ready') return;
    this.#subscriber.ping().catch(() => this.#subscriber.disconnect(true));
  }
}
