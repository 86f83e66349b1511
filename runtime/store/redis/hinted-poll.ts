import type { Redis } from 'ioredis';
import { Periodic } from '../local/periodic.ts';
import { ChannelSubscription } from './channel-subscription.ts';

export interface HintedPollOptions {
  readonly redis: Redis;
  /** Messages on this channel trigger a poll. The interval covers lost messages. */
  readonly channel: string;
  readonly intervalMs: number;
  /** Reads the current value; must not throw. */
  readonly job: () => Promise<void>;
}

/** Polls every `intervalMs`, and at once on a message. Each poll checks the subscription too. */
export class HintedPoll {
  readonly #options: HintedPollOptions;
  readonly #hints: ChannelSubscription;
  #periodic: Periodic | undefined;
  #stopped = false;

  constructor(options: HintedPollOptions) {
    this.#options = options;
    const { redis, channel } = options;
    this.#hints = new ChannelSubscription(redis, channel, () => this.#periodic?.runNow());
  }

  /** Settles after the first poll. */
  async start(): Promise<void> {
    const { intervalMs, job } = this.#options;
    await job();
    if (this.#stopped) return;
    this.#periodic = new Periodic(async () => {
      this.#hints.check();
      await job();
    }, intervalMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#periodic?.stop();
    this.#hints.stop();
  }
}
