import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { keptEvents } from '../release/release-script.ts';

/** One thing that happened to a service. */
export interface PerchEvent {
  /** The stream's id; it grows. */
  readonly id: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  /** What kind of thing, for programs: `weight-set`, `canary-ejected`, `flag-disabled`, … */
  readonly type: string;
  /** The same for people, one line. */
  readonly text: string;
  readonly by: string;
  /** The release document's generation that it made, when it made one. */
  readonly generation?: number;
  /** Evidence, JSON. */
  readonly detail?: string;
}

const followIntervalMs = 250;

/** What happened, newest about 10,000 kept. The release and flag stores append to it too. */
export class EventLog {
  readonly #redis: Redis;
  readonly #stream: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#stream = redisKeys(service).events;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async append(event: Pick<PerchEvent, 'type' | 'text' | 'by' | 'detail'>): Promise<void> {
    const fields = Object.entries(event).flat();
    try {
      await this.#redis.xadd(this.#stream, 'MAXLEN', '~', keptEvents, '*', ...fields);
    } catch (error) {
      throw redisFailure('append an event', error);
    }
  }

  /** The `count` newest, oldest of them first. */
  async last(count: number): Promise<PerchEvent[]> {
    try {
      const entries = await this.#redis.xrevrange(this.#stream, '+', '-', 'COUNT', count);
      return entries.map(eventOf).toReversed();
    } catch (error) {
      throw redisFailure('read events', error);
    }
  }

  /** All that came after the event `id`, oldest first; `0` is before the first. */
  async since(id: string): Promise<PerchEvent[]> {
    try {
      return (await this.#redis.xrange(this.#stream, `(${id}`, '+')).map(eventOf);
    } catch (error) {
      throw redisFailure('read events', error);
    }
  }

  /** The events after `id` as they come, until `signal` aborts. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<PerchEvent> {
    let last = id;
    while (!signal.aborted) {
      for (const event of await this.since(last)) {
        yield event;
        last = event.id;
      }
      await delay(followIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function eventOf([id, fields]: [id: string, fields: string[]]): PerchEvent {
  const values = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) {
    values.set(fields[index] ?? '', fields[index + 1] ?? '');
  }
  const generation = values.get('generation');
  const detail = values.get('detail');
  return {
    id,
    at: Number(id.split('-', 1)[0]),
    type: values.get('type') ?? 'unknown',
    text: values.get('text') ?? '',
    by: values.get('by') ?? 'unknown',
    ...(generation !== undefined && { generation: Number(generation) }),
    ...(detail !== undefined && { detail }),
  };
}
