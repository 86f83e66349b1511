import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { notificationSchema, type Notification } from '../../core/alerting/notification.ts';
import { readStored } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Notification that is neither delivered nor abandoned. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: string;
  /** Undefined if the entry does not fit, as from another version of Perch. */
  readonly notification: Notification | undefined;
  /** Consumer that took the entry last. */
  readonly consumer: string;
  /** Number of times that the entry was taken, from 1. */
  readonly attempts: number;
  /** Time since the entry was taken last, milliseconds by Redis' clock. */
  readonly idleMs: number;
  /** True if this consumer has just taken the entry for the first time and may try it at once. */
  readonly fresh: boolean;
}

const group = 'deliverers';
const batchSize = 200;
const idleConsumerMs = 3_600_000;

const entriesAnswer = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const groupAnswer = z.array(z.tuple([z.string(), entriesAnswer])).nullable();
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

  /** @param consumer unique per process. */
  constructor(redis: Redis, service: string, consumer: string) {
    this.consumer = consumer;
    this.#redis = redis;
    this.#stream = redisKeys(service).outbox;
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
      const fresh = await this.#takeFresh();
      const entries: OutboxEntry[] = [];
      let page: OutboxEntry[] = [];
      do {
        page = await this.#page(page.at(-1)?.id, fresh);
        entries.push(...page);
      } while (page.length === batchSize);
      return entries;
    });
  }

  /** Page of taken entries after the entry `after`. */
  async #page(after: string | undefined, fresh: ReadonlySet<string>): Promise<OutboxEntry[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const taken = pendingAnswer.parse(
      await this.#redis.xpending(this.#stream, group, from, '+', batchSize),
    );
    const [first, last] = [taken[0]?.[0], taken.at(-1)?.[0]];
    if (first === undefined || last === undefined) return [];
    const fields = new Map(await this.#redis.xrange(this.#stream, first, last));
    return taken.map(([id, consumer, idleMs, attempts]) => {
      const [, channel = '', , json = ''] = fields.get(id) ?? [];
      const notification = readStored(notificationSchema, json);
      return { id, channel, notification, consumer, attempts, idleMs, fresh: fresh.has(id) };
    });
  }

  /**
   * Takes an entry for its next attempt.
   * @returns false if a consumer took it within the last `idleMs`.
   */
  async take({ id }: OutboxEntry, idleMs: number): Promise<boolean> {
    return await this.#ask('take a notification', async () => {
      const answer = await this.#redis.xclaim(this.#stream, group, this.consumer, idleMs, id);
      return entriesAnswer.parse(answer).length > 0;
    });
  }

  /** Deletes an entry that was delivered or abandoned. */
  async finish({ id }: OutboxEntry): Promise<void> {
    await this.#ask('finish a notification', async () => {
      await this.#redis.multi().xack(this.#stream, group, id).xdel(this.#stream, id).exec();
    });
  }

  async #takeFresh(): Promise<Set<string>> {
    const answer = await this.#redis.xreadgroup(
      'GROUP',
      group,
      this.consumer,
      'COUNT',
      batchSize,
      'STREAMS',
      this.#stream,
      '>',
    );
    const [stream] = groupAnswer.parse(answer) ?? [];
    return new Set(stream?.[1].map(([id]) => id));
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
