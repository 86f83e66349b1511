import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** How long a report counts as a live proxy's, milliseconds. Proxies write one each second. */
const reportTtlMs = 5_000;

const reportSchema = z.object({
  id: z.string(),
  /** The generation that it routes by; 0 before it has seen one. */
  generation: z.int().min(0),
  /** How sure it is of that; see ReleaseCondition. */
  condition: z.string(),
  /** Member id -> requests that run there now. */
  inFlight: z.record(z.string(), z.int().min(0)),
  /** Member id -> what the active and passive checks say. */
  memberHealth: z.record(z.string(), z.enum(['healthy', 'unhealthy'])),
});

export type ProxyReport = z.infer<typeof reportSchema>;

/** What each live proxy says of itself: one key a proxy, which ends with it. */
export class ProxyReports {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  async write(report: ProxyReport): Promise<void> {
    await this.#redis.set(this.#key(report.id), JSON.stringify(report), 'PX', reportTtlMs);
  }

  /** A proxy that ends in order says so, that nobody waits for it. */
  async remove(id: string): Promise<void> {
    await this.#redis.del(this.#key(id));
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async list(): Promise<ProxyReport[]> {
    try {
      const keys = await scanKeys(this.#redis, this.#key('*'));
      if (keys.length === 0) return [];
      const values = await this.#redis.mget(keys);
      return values.filter((value) => value !== null).map(parse);
    } catch (error) {
      throw redisFailure('read the proxies’ reports', error);
    }
  }

  #key(id: string): string {
    return redisKeys(this.#service).proxy(id);
  }
}

/** A report of another version of Perch that does not fit counts as a proxy that knows nothing yet. */
function parse(json: string): ProxyReport {
  const unreadable = {
    id: 'unreadable',
    generation: 0,
    condition: 'invalid',
    inFlight: {},
    memberHealth: {},
  };
  return readStored(reportSchema, json) ?? unreadable;
}
