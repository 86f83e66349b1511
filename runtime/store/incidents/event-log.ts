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

/** Events that one read has found. */
export interface EventBatch {
  /** Oldest first. */
  readonly events: readonly PerchEvent[];
  /** Id of the event before them that Redis no longer holds; undefined: it holds that one. */
  readonly lost: string | undefined;
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

  /**
   * Yields what each read finds after the event `id`, each event once, until `signal` aborts.
   * @param id `0` precedes the first event.
   * @param onFailure receives the error of a read. The next read repeats it unless this throws.
   */
  async *follow(
    id: string,
    signal: AbortSignal,
    onFailure: (error: unknown) => void,
  ): AsyncGenerator<EventBatch> {
    let last = id;
    while (!signal.aborted) {
      const batch = await this.after(last).catch(onFailure);
      if (batch !== undefined) {
        yield batch;
        last = batch.events.at(-1)?.id ?? last;
      }
      await delay(followIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Returns the events after the event `id`. If Redis no longer holds that one, others may be missing too.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async after(id: string): Promise<EventBatch> {
    try {
      const entries = (await this.#redis.xrange(this.#stream, id, '+')).map(eventOf);
      const isHeld = id === '0' || entries[0]?.id === id;
      return { events: entries.filter((event) => event.id !== id), lost: isHeld ? undefined : id };
    } catch (error) {
      throw redisFailure('read events', error);
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
