import type { Logger } from 'pino';
import { retryDelayMs } from '../../core/alerting/retry-delay.ts';
import type { OutageRule } from '../../core/alerting/default-rules.ts';
import type { Notification } from '../../core/alerting/notification.ts';
import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import type { Channel } from '../notify/channel.ts';
import type { RedisTrouble } from './redis-trouble.ts';

/** Time for which Redis must take writes again before the outage is over, milliseconds. */
const overAfterMs = 10_000;
/** Attempts for one message and channel; the next reminder begins anew. */
const maxAttempts = 10;

export interface DirectAlertOptions {
  readonly service: string;
  readonly host: string;
  readonly channels: readonly Channel[];
  /** Pause between two alerts, also of two outages, milliseconds. */
  readonly reAlertMs: number;
  /** Time of the outage after which to alert, milliseconds; undefined: another monitor does. */
  readonly alertAfterMs: () => number | undefined;
  readonly detailsOf: (trouble: RedisTrouble) => IncidentDetails;
  /** Called once an outage is over of which people were alerted. Must not throw. */
  readonly onOver: (outage: Outage) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** An outage of Redis that people were alerted of. */
export interface Outage {
  readonly id: string;
  readonly rule: OutageRule;
  readonly openedAt: number;
  readonly summary: string;
}

interface Delivery {
  readonly channel: Channel;
  readonly notification: Notification;
  attempts: number;
  dueAt: number;
}

/**
 * Alerts people of an outage of Redis, straight through the channels: the outbox is in Redis. It
 * remembers what it has said in memory alone, so a monitor that restarts may say it again.
 */
export class DirectAlert {
  readonly #options: DirectAlertOptions;
  #outage: Outage | undefined;
  #alertedAt = Number.NEGATIVE_INFINITY;
  #goodSince: number | undefined;
  /** Newest message for each channel that is not delivered yet. */
  readonly #waiting = new Map<string, Delivery>();
  /** Channels that delivered an alert of the current outage. */
  readonly #delivered = new Set<string>();
  readonly #sending = new Map<string, Promise<void>>();

  constructor(options: DirectAlertOptions) {
    this.#options = options;
  }

  /** Takes the state of Redis; to be called about once a second. Waits for no channel. */
  tick(trouble: RedisTrouble | undefined): void {
    if (trouble === undefined) this.#good();
    else this.#bad(trouble);
    this.#deliver();
  }

  /** Settles once nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  #bad(trouble: RedisTrouble): void {
    const { reAlertMs, alertAfterMs, now, detailsOf, logger } = this.#options;
    this.#goodSince = undefined;
    const nowMs = now();
    if (nowMs - this.#alertedAt < reAlertMs) return;
    const details = detailsOf(trouble);
    if (this.#outage !== undefined) {
      this.#alertedAt = nowMs;
      this.#notify('re-alerted', this.#outage, details);
      return;
    }
    const afterMs = alertAfterMs();
    if (afterMs === undefined || nowMs - trouble.sinceMs < afterMs) return;
    const { rule } = trouble;
    const id = `${rule}|${this.#options.service}|${nowMs}`;
    this.#outage = { id, rule, openedAt: nowMs, summary: details.summary };
    this.#alertedAt = nowMs;
    this.#delivered.clear();
    logger.error({ rule, reason: trouble.reason }, 'the monitor alerts without Redis');
    this.#notify('opened', this.#outage, details);
  }

  #good(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    const { now, host, onOver, logger } = this.#options;
    this.#goodSince ??= now();
    if (now() - this.#goodSince < overAfterMs) return;
    this.#outage = undefined;
    this.#goodSince = undefined;
    logger.info({ rule: outage.rule }, 'the outage of Redis is over');
    const summary = 'Redis takes writes again';
    const actions = ['judge, ejections, flags and other alerts work again'];
    this.#notify('resolved', outage, { summary, actions, host, nextSteps: [] });
    this.#sending.set(outage.id, this.#track(outage.id, onOver(outage)));
  }

  #notify(
    transition: Notification['transition'],
    { id: incidentId, rule, openedAt }: Outage,
    details: IncidentDetails,
  ): void {
    const { service, channels, now } = this.#options;
    const at = now();
    const about = { service, incidentId, rule, subject: 'redis', openedAt };
    const notification: Notification = { ...about, transition, at, details };
    for (const channel of channels) {
      // People who got no alert of the outage need none of its end.
      const matters = transition !== 'resolved' || this.#delivered.has(channel.name);
      if (matters)
        this.#waiting.set(channel.name, { channel, notification, attempts: 0, dueAt: at });
      else this.#waiting.delete(channel.name);
    }
  }

  #deliver(): void {
    for (const [name, delivery] of this.#waiting) {
      if (this.#sending.has(name) || this.#options.now() < delivery.dueAt) continue;
      this.#sending.set(name, this.#track(name, this.#attempt(delivery)));
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { now, logger } = this.#options;
    const { channel, notification } = delivery;
    const { name } = channel;
    delivery.attempts += 1;
    const result = await channel.send([notification]);
    if (result.kind === 'sent') {
      logger.info({ channel: name, to: notification.transition }, 'alert delivered without Redis');
      this.#delivered.add(name);
      this.#forget(delivery);
      return;
    }
    const retries = result.kind === 'failed' && delivery.attempts < maxAttempts;
    const { reason } = result;
    logger.warn({ channel: name, reason, retries }, 'alert not delivered');
    if (retries) delivery.dueAt = now() + retryDelayMs(delivery.attempts, notification.incidentId);
    else this.#forget(delivery);
  }

  /** Leaves a newer message in place. */
  #forget(delivery: Delivery): void {
    const { name } = delivery.channel;
    if (this.#waiting.get(name) === delivery) this.#waiting.delete(name);
  }

  async #track(key: string, work: Promise<void>): Promise<void> {
    await work;
    this.#sending.delete(key);
  }
}
