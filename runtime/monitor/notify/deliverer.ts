import type { Logger } from 'pino';
import { maxAttempts, retryDelayMs } from '../../core/alerting/retry-delay.ts';
import type { Notification } from '../../core/alerting/notification.ts';
import type { Outbox, OutboxEntry } from '../../store/incidents/outbox.ts';
import { sendTimeoutMs, type Channel, type ChannelEvent, type Delivery } from './channel.ts';

export interface DelivererOptions {
  readonly outbox: Pick<Outbox, 'consumer' | 'list' | 'take' | 'finish'>;
  readonly channels: readonly Channel[];
  /** Whether this process may still act for all: asked right before anything is sent. */
  readonly leads: () => boolean;
  /** Hears of every try. Default: nobody does. */
  readonly onTry?: (channel: string, outcome: 'sent' | 'failed' | 'given-up') => void;
  readonly logger: Logger;
}

/** As long as another consumer may still be at it. */
const foreignTryMs = sendTimeoutMs + 5_000;

/**
 * Takes notices from the outbox to people. Channels do not wait for each other; within a channel
 * the notices of one incident keep their order. A mail can go out twice only if this process is
 * gone between SES' answer and the note of it in Redis, for SES knows no idempotency key.
 */
export class Deliverer {
  readonly #options: DelivererOptions;
  /** Sent, but Redis does not know yet. */
  readonly #sent = new Set<string>();
  /** Channels that are at it, perhaps for as long as a try may take. */
  readonly #busy = new Set<string>();
  #pending: readonly OutboxEntry[] = [];
  #lists = false;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /** Channel -> notices that wait for it. */
  get pending(): ReadonlyMap<string, number> {
    const byChannel = Map.groupBy(this.#pending, ({ channel }) => channel);
    return new Map([...byChannel].map(([channel, { length }]) => [channel, length]));
  }

  /**
   * Tries once what is due on every channel that no other round is at. Rounds may overlap: a slow
   * channel keeps none waiting.
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
    if (this.#lists) return false;
    this.#lists = true;
    try {
      this.#pending = await this.#options.outbox.list();
      return true;
    } finally {
      this.#lists = false;
    }
  }

  async #deliver(name: string, entries: readonly OutboxEntry[]): Promise<ChannelEvent[]> {
    const { channels, leads, logger } = this.#options;
    const channel = channels.find((candidate) => candidate.name === name);
    const events: ChannelEvent[] = [];
    const held = new Set<string>();
    for (const entry of entries) {
      const { notification } = entry;
      if (channel === undefined || notification === undefined || this.#sent.has(entry.id)) {
        if (!this.#sent.has(entry.id))
          logger.warn({ channel: name, id: entry.id }, 'notice dropped');
        await this.#finish(entry);
        continue;
      }
      if (held.has(notification.incidentId)) continue;
      held.add(notification.incidentId);
      if (!entry.fresh && !(await this.#takeWhenDue(entry))) continue;
      if (!leads()) break;
      const delivery = await channel.send(notification);
      events.push(...(await this.#settle(entry, notification, delivery)));
      if (delivery.kind === 'failed') break;
      held.delete(notification.incidentId);
    }
    return events;
  }

  async #takeWhenDue(entry: OutboxEntry): Promise<boolean> {
    const { outbox } = this.#options;
    const backoffMs = retryDelayMs(entry.attempts, entry.id);
    const mine = entry.consumer === outbox.consumer;
    const waitMs = mine ? backoffMs : Math.max(backoffMs, foreignTryMs);
    return entry.idleMs >= waitMs && (await outbox.take(entry, waitMs));
  }

  async #settle(
    entry: OutboxEntry,
    notification: Notification,
    delivery: Delivery,
  ): Promise<ChannelEvent[]> {
    const { channel, attempts, fresh } = entry;
    const attempt = fresh ? attempts : attempts + 1;
    const context = {
      channel,
      attempt,
      incident: notification.incidentId,
      to: notification.transition,
    };
    const { logger, onTry } = this.#options;
    if (delivery.kind === 'sent') {
      onTry?.(channel, 'sent');
      this.#sent.add(entry.id);
      await this.#finish(entry);
      logger.info(context, 'notice delivered');
      return [{ channel, kind: 'delivered', reason: '' }];
    }
    const { reason } = delivery;
    if (delivery.kind === 'failed' && attempt < maxAttempts) {
      onTry?.(channel, 'failed');
      logger.warn({ ...context, reason }, 'notice not delivered yet');
      return [];
    }
    onTry?.(channel, 'given-up');
    await this.#finish(entry);
    logger.error({ ...context, reason }, 'notice given up');
    return [{ channel, kind: 'given-up', reason }];
  }

  async #finish(entry: OutboxEntry): Promise<void> {
    await this.#options.outbox.finish(entry);
    this.#pending = this.#pending.filter(({ id }) => id !== entry.id);
    this.#sent.delete(entry.id);
  }
}
