import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { retainedEvents } from '../release/release-script.ts';

/** One entry of a service's event log. */
export interface PerchEvent {
  /** Id in the Redis stream; increases. */
  readonly id: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  /** Kind of event, for programs: `weight-set`, `canary-ejected`, `flag-disabled`, … */
  readonly type: string;
  /** Description for people, one line. */
  readonly text: string;
  readonly by: string;
  /** Generation of the release document that the event created, if any. */
  readonly generation?: number;
  /** Evidence, JSON. */
  readonly detail?: string;
}

const followIntervalMs = 250;

/** Log of about the 10,000 newest events. The release and flag stores append to it too. */
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
      await this.#redis.xadd(this.#stream, 'MAXLEN', '~', retainedEvents, '*', ...fields);
    } catch (error) {
      throw redisFailure('append an event', error);
    }
  }

  /** Returns the `count` newest events, oldest first. */
  async last(count: number): Promise<PerchEvent[]> {
    try {
      const entries = await this.#redis.xrevrange(this.#stream, '+', '-', 'COUNT', count);
      return entries.map(eventOf).toReversed();
    } catch (error) {
      throw redisFailure('read events', error);
    }
  }

  /** Returns the events after the event `id`, oldest first; `0` precedes the first one. */
  async since(id: string): Promise<PerchEvent[]> {
    try {
      return (await this.#redis.xrange(this.#stream, `(${id}`, '+')).map(eventOf);
    } catch (error) {
      throw redisFailure('read events', error);
    }
  }

  /** Yields the events after `id` as they arrive, until `signal` aborts. */
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
