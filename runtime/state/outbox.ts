import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../contract/redis-keys.ts';
import { noticeSchema, type Notice } from '../decide/notice.ts';
import { readStored } from './read-stored.ts';
import { redisFailure } from './redis-failure.ts';

/** A notice that this consumer may try to deliver now. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: string;
  readonly notice: Notice;
  /** Which try this is, from 1. */
  readonly attempt: number;
}

/** A notice that was tried before. */
export interface TriedEntry {
  readonly id: string;
  readonly consumer: string;
  readonly attempts: number;
  /** Since the last try, milliseconds by Redis' clock. */
  readonly idleMs: number;
}

const group = 'deliverers';
const batchSize = 100;
const goneAfterMs = 3_600_000;

const streamEntries = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const newEntries = z.array(z.tuple([z.string(), streamEntries])).nullable();
const triedEntries = z.array(z.tuple([z.string(), z.string(), z.int(), z.int()]));

/**
 * Notices on their way, a stream with a consumer group. Redis itself keeps who tried each one, when
 * and how often, and hands an entry to one consumer at a time; so tries survive a change of leader.
 */
export class Outbox {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #consumer: string;

  /** @param consumer - unique per process. */
  constructor(redis: Redis, service: string, consumer: string) {
    this.#redis = redis;
    this.#stream = redisKeys(service).outbox;
    this.#consumer = consumer;
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

  /** Entries that nobody has tried yet; each becomes this consumer's. */
  async takeNew(): Promise<OutboxEntry[]> {
    return await this.#ask('take notices', async () => {
      const answer = await this.#redis.xreadgroup(
        'GROUP',
        group,
        this.#consumer,
        'COUNT',
        batchSize,
        'STREAMS',
        this.#stream,
        '>',
      );
      const [stream] = newEntries.parse(answer) ?? [];
      return stream === undefined ? [] : stream[1].flatMap((entry) => entryOf(entry, 1));
    });
  }

  /** Entries that were tried and are neither delivered nor given up. */
  async tried(): Promise<TriedEntry[]> {
    return await this.#ask('list notices', async () => {
      const answer = await this.#redis.xpending(this.#stream, group, '-', '+', batchSize);
      return triedEntries
        .parse(answer)
        .map(([id, consumer, idleMs, attempts]) => ({ id, consumer, idleMs, attempts }));
    });
  }

  /** Takes one for its next try, unless somebody else tried it within `idleMs`. */
  async retry({ id, attempts }: TriedEntry, idleMs: number): Promise<OutboxEntry | undefined> {
    return await this.#ask('take a notice', async () => {
      const answer = await this.#redis.xclaim(this.#stream, group, this.#consumer, idleMs, id);
      const [entry] = streamEntries.parse(answer);
      return entry === undefined ? undefined : entryOf(entry, attempts + 1)[0];
    });
  }

  /** Delivered or given up: it is tried no more. */
  async finish(id: string): Promise<void> {
    await this.#ask('finish a notice', async () => {
      await this.#redis.multi().xack(this.#stream, group, id).xdel(this.#stream, id).exec();
    });
  }

  async #dropGoneConsumers(): Promise<void> {
    const consumers = z
      .array(z.array(z.union([z.string(), z.number()])))
      .parse(await this.#redis.xinfo('CONSUMERS', this.#stream, group));
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

/** None for an entry that was deleted or that another version of Perch wrote. */
function entryOf(
  [id, fields]: [id: string, fields: string[] | null],
  attempt: number,
): OutboxEntry[] {
  if (fields === null) return [];
  const [, channel = '', , json = ''] = fields;
  const notice = readStored(noticeSchema, json);
  return notice === undefined ? [] : [{ id, channel, notice, attempt }];
}
