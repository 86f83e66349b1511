import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { Periodic } from '../local/periodic.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Reader of one service's maintenance. Neither function may throw. */
export interface MaintenanceReader {
  readonly service: string;
  /** Takes the stored record, JSON; null if Redis holds none. */
  readonly onRead: (json: string | null) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads the maintenance of all services of a proxy by one command a second, so each change is seen
 * after a second and the time of one answer at most, without a notification that could be lost.
 */
export class MaintenancePoll {
  readonly #redis: Redis;
  readonly #intervalMs: number;
  readonly #readers = new Set<MaintenanceReader>();
  #periodic: Periodic | undefined;

  /** @param intervalMs interval of the polls, milliseconds. Default 1,000. */
  constructor(redis: Redis, intervalMs = 1_000) {
    this.#redis = redis;
    this.#intervalMs = intervalMs;
  }

  /** Settles after the reader's first read. */
  async add(reader: MaintenanceReader): Promise<void> {
    this.#readers.add(reader);
    this.#periodic ??= new Periodic(() => this.#read([...this.#readers]), this.#intervalMs);
    await this.#read([reader]);
  }

  /** Settles after the last read; the poll ends with its last reader. */
  async remove(reader: MaintenanceReader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    const periodic = this.#periodic;
    this.#periodic = undefined;
    await periodic?.stop();
  }

  /** Never throws. */
  async #read(readers: readonly MaintenanceReader[]): Promise<void> {
    if (readers.length === 0) return;
    try {
      const keys = readers.map(({ service }) => redisKeys(service).maintenance);
      const stored = await this.#redis.mget(keys);
      for (const [index, reader] of readers.entries()) {
        if (this.#readers.has(reader)) reader.onRead(stored[index] ?? null);
      }
    } catch (error) {
      const failure = redisFailure('read the maintenance', error);
      for (const reader of readers) if (this.#readers.has(reader)) reader.onFailure(failure);
    }
  }
}
