import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { notificationSchema, type Notification } from '../../core/alerting/notification.ts';
import { readStored } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { claimAnswer, claimEntries, messageSchema, settleEntries } from './outbox-script.ts';

/** Notification that is neither delivered nor abandoned. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: string;
  /** Undefined if the entry does not fit, as from another version of Perch. */
  readonly notification: Notification | undefined;
  /** Consumer that took the entry last. */
  readonly consumer: string;
  /** Number of attempts; also 1 before the first one, as the entry was taken. */
  readonly attempts: number;
  /** Time since the entry was taken or attempted last, milliseconds by Redis' clock. */
  readonly idleMs: number;
  /** Id of the message that the entry is part of; undefined before the first attempt. */
  readonly message: string | undefined;
  /** Number of attempts that may have delivered it: the channel did not answer. */
  readonly unconfirmed: number;
}

/** One attempt to send entries as one message. */
export interface MessageAttempt<Entry extends OutboxEntry = OutboxEntry> {
  /** Id of the message. */
  readonly id: string;
  readonly entries: readonly Entry[];
  /** Number of attempts, this one included. */
  readonly number: number;
  /** Number of earlier attempts that may have delivered it. */
  readonly unconfirmed: number;
}

const group = 'deliverers';
const batchSize = 200;
const idleConsumerMs = 3_600_000;
/** Longer than any message is tried. */
const messagesTtlMs = 86_400_000;

const pendingAnswer = z.array(z.tuple([z.string(), z.string(), z.int(), z.int()]));
const consumersAnswer = z.array(z.array(z.union([z.string(), z.number()])));

/**
 * Undelivered notifications: a Redis stream with a consumer group. Redis records which consumer
 * took each entry, when and how often, and gives an entry to one consumer at a time, so that
 * attempts survive a change of leader.
 */
export class Outbox {
  readonly consumer: string;
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #messages: string;

  /** @param consumer unique per process. */
  constructor(redis: Redis, service: string, consumer: string) {
    this.consumer = consumer;
    this.#redis = redis;
    const { outbox, outboxMessages } = redisKeys(service);
    this.#stream = outbox;
    this.#messages = outboxMessages;
  }

  /**
   * Creates the consumer group if it does not exist, and deletes consumers that are idle for an
   * hour.
   */
  async open(): Promise<void> {
    await this.#ask('open the outbox', async () => {
      try {
        await this.#redis.xgroup('CREATE', this.#stream, group, '0', 'MKSTREAM');
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
      }
      await this.#deleteIdleConsumers();
    });
  }

  /**
   * Takes all new entries for this consumer, then lists every taken entry, oldest first, in pages,
   * so that many entries of one channel do not hide those of another.
   */
  async list(): Promise<OutboxEntry[]> {
    return await this.#ask('list notifications', async () => {
      await this.#takeNew();
      const entries: OutboxEntry[] = [];
      let page: OutboxEntry[] = [];
      do {
        page = await this.#page(page.at(-1)?.id);
        entries.push(...page);
      } while (page.length === batchSize);
      return entries;
    });
  }

  /** Page of taken entries after the entry `after`. */
  async #page(after: string | undefined): Promise<OutboxEntry[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const taken = pendingAnswer.parse(
      await this.#redis.xpending(this.#stream, group, from, '+', batchSize),
    );
    const [first, last] = [taken[0]?.[0], taken.at(-1)?.[0]];
    if (first === undefined || last === undefined) return [];
    const fields = new Map(await this.#redis.xrange(this.#stream, first, last));
    const messages = await this.#redis.hmget(this.#messages, ...taken.map(([id]) => id));
    return taken.map(([id, consumer, idleMs, attempts], index) => {
      const [, channel = '', , json = ''] = fields.get(id) ?? [];
      const notification = readStored(notificationSchema, json);
      const { data } = messageSchema.safeParse(messages[index]);
      const [message, unconfirmed] = [data?.id, data?.unconfirmed ?? 0];
      return { id, channel, notification, consumer, attempts, idleMs, message, unconfirmed };
    });
  }

  /**
   * Claims all entries of a message for an attempt, which counts as unconfirmed until it is settled
   * or the entries are finished.
   * @returns false if another consumer has claimed or finished one of them meanwhile.
   */
  async claim({ id, entries, number, unconfirmed }: MessageAttempt): Promise<boolean> {
    return await this.#ask('claim notifications', async () => {
      const listed = entries.flatMap((entry) => [
        entry.id,
        entry.consumer,
        entry.attempts,
        entry.message ?? '',
      ]);
      const answer = await runScript(this.#redis, claimEntries, {
        keys: [this.#stream, this.#messages],
        args: [group, this.consumer, id, unconfirmed + 1, number, messagesTtlMs, ...listed],
      });
      return claimAnswer.parse(answer) === 1;
    });
  }

  /** Records that a claimed attempt delivered nothing for certain. */
  async settle({ id, entries, unconfirmed }: MessageAttempt): Promise<void> {
    await this.#ask('record a failed attempt', async () => {
      await runScript(this.#redis, settleEntries, {
        keys: [this.#stream, this.#messages],
        args: [group, this.consumer, id, unconfirmed, ...entries.map((entry) => entry.id)],
      });
    });
  }

  /** Deletes entries that were delivered or abandoned, all at once. */
  async finish(entries: readonly OutboxEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id);
    if (ids.length === 0) return;
    await this.#ask('finish notifications', async () => {
      const transaction = this.#redis.multi();
      transaction.xack(this.#stream, group, ...ids);
      transaction.xdel(this.#stream, ...ids);
      transaction.hdel(this.#messages, ...ids);
      await transaction.exec();
    });
  }

  /** Takes all new entries for this consumer. */
  async #takeNew(): Promise<void> {
    await this.#redis.xreadgroup(
      'GROUP',
      group,
      this.consumer,
      'COUNT',
      batchSize,
      'STREAMS',
      this.#stream,
      '>',
    );
  }

  async #deleteIdleConsumers(): Promise<void> {
    const consumers = consumersAnswer.parse(
      await this.#redis.xinfo('CONSUMERS', this.#stream, group),
    );
    for (const fields of consumers) {
      const field = (name: string) => fields[fields.indexOf(name) + 1];
      const isIdle = field('pending') === 0 && Number(field('idle')) > idleConsumerMs;
      if (!isIdle) continue;
      await this.#redis.xgroup('DELCONSUMER', this.#stream, group, String(field('name')));
    }
  }

  async #ask<T>(doing: string, command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      throw redisFailure(doing, error);
    }
  }
}
