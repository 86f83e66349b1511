import type { Logger } from 'pino';
import type { Outbox, OutboxEntry } from '../../store/incidents/outbox.ts';
import type { Channel, ChannelEvent } from './channel.ts';
import { DedupStage } from './dedup-stage.ts';
import { RetryStage, type RetryStageOptions } from './retry-stage.ts';

export interface PipelineOptions extends RetryStageOptions {
  readonly outbox: Pick<Outbox, 'consumer' | 'list' | 'take' | 'finish'>;
  readonly channels: readonly Channel[];
  /** Reports whether this process leads; asked right before each attempt. */
  readonly leads: () => boolean;
  readonly logger: Logger;
}

/**
 * Delivers notifications from the outbox: the dedup stage claims them, the retry stage sends them.
 * Channels do not wait for each other; within a channel, notifications of one incident keep their
 * order. An email can be sent twice only if this process ends after SES accepted it and before
 * Redis knows, because SES has no idempotency key.
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
  async round(): Promise<ChannelEvent[]> {
    if (!(await this.#list())) return [];
    const byChannel = Map.groupBy(this.#pending, ({ channel }) => channel);
    const idle = [...byChannel].filter(([name]) => !this.#busy.has(name));
    const events = await Promise.all(
      idle.map(async ([name, entries]) => {
        this.#busy.add(name);
        try {
          return await this.#deliver(name, entries);
        } finally {
          this.#busy.delete(name);
        }
      }),
    );
    return events.flat();
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

  async #deliver(name: string, entries: readonly OutboxEntry[]): Promise<ChannelEvent[]> {
    const { channels, leads, logger } = this.#options;
    const channel = channels.find((candidate) => candidate.name === name);
    const events: ChannelEvent[] = [];
    /** Incidents with an undelivered notification: their later ones wait. */
    const held = new Set<string>();
    for (const entry of entries) {
      const { notification } = entry;
      if (channel === undefined || notification === undefined || this.#dedup.isSent(entry)) {
        if (!this.#dedup.isSent(entry)) {
          logger.warn({ channel: name, id: entry.id }, 'notification dropped');
        }
        await this.#finish(entry);
        continue;
      }
      if (held.has(notification.incidentId)) continue;
      held.add(notification.incidentId);
      if (!(await this.#dedup.claim(entry))) continue;
      if (!leads()) break;
      const { outcome, reason, channelFailed } = await this.#retry.send(
        channel,
        entry,
        notification,
      );
      if (outcome === 'sent') this.#dedup.markSent(entry);
      if (outcome !== 'failed') {
        await this.#finish(entry);
        events.push({
          channel: name,
          kind: outcome === 'sent' ? 'delivered' : 'given-up',
          reason,
        });
      }
      if (channelFailed) break;
      held.delete(notification.incidentId);
    }
    return events;
  }

  async #finish(entry: OutboxEntry): Promise<void> {
    await this.#options.outbox.finish(entry);
    this.#pending = this.#pending.filter(({ id }) => id !== entry.id);
    this.#dedup.acknowledged(entry);
  }
}
