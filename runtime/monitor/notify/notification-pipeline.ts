import type { Logger } from 'pino';
import type { Outbox, OutboxEntry } from '../../store/incidents/outbox.ts';
import type { Channel } from './channel.ts';
import { DedupStage } from './dedup-stage.ts';
import { dueMessages, isHeld, type QueuedEntry, type QueuedMessage } from './group-stage.ts';
import { maxUnconfirmed, RetryStage, type RetryStageOptions } from './retry-stage.ts';

export interface PipelineOptions extends RetryStageOptions {
  readonly outbox: Pick<Outbox, 'consumer' | 'list' | 'claim' | 'settle' | 'finish'>;
  readonly channels: readonly Channel[];
  /** Reports whether this process leads; asked right before each attempt. */
  readonly leads: () => boolean;
  readonly logger: Logger;
}

/**
 * Delivers notifications from the outbox: the group stage puts them into messages, the dedup stage
 * claims those, the retry stage sends them. Channels do not wait for each other; within a channel,
 * notifications of one incident keep their order. A message can be sent twice only if its channel
 * did not answer, or this process ended before it did, because SES has no idempotency key.
 */
export class NotificationPipeline {
  readonly #options: PipelineOptions;
  readonly #dedup: DedupStage;
  readonly #retry: RetryStage;
  /** Channels that another round is delivering to. */
  readonly #busy = new Set<string>();
  #pending: readonly OutboxEntry[] = [];
  #isListing = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#dedup = new DedupStage(options.outbox);
    this.#retry = new RetryStage(options);
  }

  /** Channel -> notifications that wait for it. */
  get pending(): ReadonlyMap<string, number> {
    const byChannel = Map.groupBy(this.#pending, ({ channel }) => channel);
    return new Map([...byChannel].map(([channel, { length }]) => [channel, length]));
  }

  /**
   * Tries once what is due on every channel that no other round delivers to. Rounds may overlap,
   * so that a slow channel delays no other.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async round(): Promise<void> {
    if (!(await this.#list())) return;
    const byChannel = Map.groupBy(this.#pending, ({ channel }) => channel);
    const idle = [...byChannel].filter(([name]) => !this.#busy.has(name));
    await Promise.all(
      idle.map(async ([name, entries]) => {
        this.#busy.add(name);
        try {
          await this.#deliver(name, entries);
        } finally {
          this.#busy.delete(name);
        }
      }),
    );
  }

  /** One list at a time: an old one could show as fresh what was sent meanwhile. */
  async #list(): Promise<boolean> {
    if (this.#isListing) return false;
    this.#isListing = true;
    try {
      this.#pending = await this.#options.outbox.list();
      return true;
    } finally {
      this.#isListing = false;
    }
  }

  async #deliver(name: string, entries: readonly OutboxEntry[]): Promise<void> {
    const { channels, outbox } = this.#options;
    const channel = channels.find((candidate) => candidate.name === name);
    await this.#finish(entries.filter((entry) => this.#dedup.isDone(entry)));
    if (channel === undefined) return await this.#drop(this.#left(entries));
    await this.#drop(this.#left(entries).filter((entry) => !isReadable(entry)));
    const queued = this.#left(entries).filter(isReadable);
    for (const message of dueMessages(queued, outbox.consumer)) {
      if (isHeld(message, this.#left(queued))) continue;
      if (!(await this.#attempt(channel, message))) break;
    }
  }

  /** @returns false if the channel failed, or this process does not lead any more. */
  async #attempt(channel: Channel, message: QueuedMessage): Promise<boolean> {
    if (message.unconfirmed >= maxUnconfirmed) {
      this.#retry.abandon(channel, message);
      await this.#finish(message.entries);
      return true;
    }
    if (!(await this.#dedup.claim(message))) return true;
    if (!this.#options.leads()) {
      await this.#dedup.settle(message);
      return false;
    }
    const { outcome, isCertain, channelFailed, splits } = await this.#retry.send(channel, message);
    if (outcome !== 'failed') await this.#finish(message.entries);
    else if (isCertain) await this.#dedup.settle(message);
    if (splits) return await this.#attemptEach(channel, message);
    return !channelFailed;
  }

  /** Sends the notifications of a rejected message one by one: one of them may be what is refused. */
  async #attemptEach(channel: Channel, message: QueuedMessage): Promise<boolean> {
    const { entries, number } = message;
    const { consumer } = this.#options.outbox;
    for (const entry of entries) {
      const claimed = { ...entry, consumer, attempts: number, message: message.id };
      const alone = { id: entry.id, entries: [claimed], number: number + 1, unconfirmed: 0 };
      if (!(await this.#attempt(channel, alone))) return false;
    }
    return true;
  }

  async #drop(entries: readonly OutboxEntry[]): Promise<void> {
    for (const { channel, id } of entries) {
      this.#options.logger.warn({ channel, id }, 'notification dropped');
    }
    await this.#finish(entries);
  }

  async #finish(entries: readonly OutboxEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#dedup.finish(entries);
    const finished = new Set(entries.map(({ id }) => id));
    this.#pending = this.#pending.filter(({ id }) => !finished.has(id));
  }

  /** Those of the entries that are not finished. */
  #left<Entry extends OutboxEntry>(entries: readonly Entry[]): Entry[] {
    const pending = new Set(this.#pending.map(({ id }) => id));
    return entries.filter(({ id }) => pending.has(id));
  }
}

function isReadable(entry: OutboxEntry): entry is QueuedEntry {
  return entry.notification !== undefined;
}
