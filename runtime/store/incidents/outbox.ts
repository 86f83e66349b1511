import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { notificationSchema, type Notification } from '../../core/alerting/notification.ts';
import { readStored } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** A notice that is neither delivered nor given up. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: string;
  /** Undefined when another version of Perch wrote what does not fit. */
  readonly notification: Notification | undefined;
  /** Who had it last. */
  readonly consumer: string;
  /** How often it was taken, from 1. */
  readonly attempts: number;
  /** Since it was taken last, milliseconds by Redis' clock. */
  readonly idleMs: number;
  /** This consumer has just taken it as the first one: it may try at once. */
  readonly fresh: boolean;
}

const group = 'deliverers';
const batchSize = 200;
const goneAfterMs = 3_600_000;

const entriesAnswer = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const groupAnswer = z.array(z.tuple([z.string(), entriesAnswer])).nullable();
const pendingAnswer = z.array(z.tuple([z.string(), z.string(), z.int(), z.int()]));
const consumersAnswer = z.array(z.array(z.union([z.string(), z.number()])));

/**
 * Notices on their way, a stream with a consumer group. Redis itself keeps who took each one, when
 * and how often, and hands an entry to one consumer at a time; so tries survive a change of leader.
 */
export class Outbox {
  readonly consumer: string;
  readonly #redis: Redis;
  readonly #stream: string;

  /** @param consumer - unique per process. */
  constructor(redis: Redis, service: string, consumer: string) {
    this.consumer = consumer;
    this.#redis = redis;
    this.#stream = redisKeys(service).outbox;
  }

  /** Makes the group where there is none, and drops consumers that are long gone. */
  async open(): Promise<void> {
    await this.#ask('open the outbox', async () => {
      try {
        await this.#redis.xgroup('CREATE', this.#stream, group, '0', 'MKSTREAM');
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
      }
      await this.#dropGoneConsumers();
    });
  }

  /**
   * All that was taken, oldest first: many that wait for one channel hide none of another. What
   * nobody took before becomes this consumer's.
   */
  async list(): Promise<OutboxEntry[]> {
    return await this.#ask('list notices', async () => {
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

  /** What was taken and comes after the entry `after`. */
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

  /** Takes an entry for its next try, unless somebody took it within `idleMs`. */
  async take({ id }: OutboxEntry, idleMs: number): Promise<boolean> {
    return await this.#ask('take a notice', async () => {
      const answer = await this.#redis.xclaim(this.#stream, group, this.consumer, idleMs, id);
      return entriesAnswer.parse(answer).length > 0;
    });
  }

  /** Delivered or given up: it is tried no more. */
  async finish({ id }: OutboxEntry): Promise<void> {
    await this.#ask('finish a notice', async () => {
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

  async #dropGoneConsumers(): Promise<void> {
    const consumers = consumersAnswer.parse(
      await this.#redis.xinfo('CONSUMERS', this.#stream, group),
    );
    for (const fields of consumers) {
      const field = (name: string) => fields[fields.indexOf(name) + 1];
      const gone = field('pending') === 0 && Number(field('idle')) > goneAfterMs;
      if (!gone) continue;
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
