import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { maintenanceSchema, type Maintenance } from '../../core/release/maintenance.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';
import { retainedEvents } from './release-script.ts';

/**
 * Parses a stored record; undefined if Redis holds none.
 * @throws PerchError `document_invalid`.
 */
export function parseMaintenance(json: string | null): Maintenance | undefined {
  if (json === null) return undefined;
  const maintenance = readStored(maintenanceSchema, json);
  if (maintenance !== undefined) return maintenance;
  throw new PerchError('document_invalid', 'the stored maintenance does not match its schema');
}

/** Maintenance of a service in Redis. */
export class MaintenanceStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Reads the last record; undefined if Redis holds none.
   * @throws PerchError `redis_unavailable`, `redis_refused` or `document_invalid`.
   */
  async read(): Promise<Maintenance | undefined> {
    return parseMaintenance(await this.#get());
  }

  /**
   * Stores a record with its event.
   * @returns the record, with Redis' time.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async write(given: Omit<Maintenance, 'at'>): Promise<Maintenance> {
    const { on, by, message } = given;
    const { maintenance: key, events } = redisKeys(this.#service);
    const type = on ? 'maintenance-on' : 'maintenance-off';
    const text = `maintenance ${on ? 'on' : 'off'}${message === undefined ? '' : `: ${message}`}`;
    const event = Object.entries({ type, text, by }).flat();
    try {
      const [seconds = 0, micros = 0] = (await this.#redis.time()).map(Number);
      const stored = { ...given, at: seconds * 1_000 + Math.floor(micros / 1_000) };
      const results = await this.#redis
        .multi()
        .set(key, JSON.stringify(stored))
        .xadd(events, 'MAXLEN', '~', retainedEvents, '*', ...event)
        .exec();
      for (const [error] of results ?? []) if (error !== null) throw error;
      return stored;
    } catch (error) {
      throw redisFailure('store the maintenance', error);
    }
  }

  async #get(): Promise<string | null> {
    try {
      return await this.#redis.get(redisKeys(this.#service).maintenance);
    } catch (error) {
      throw redisFailure('read the maintenance', error);
    }
  }
}
