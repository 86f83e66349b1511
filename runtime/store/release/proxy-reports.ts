import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Lifetime of a report, milliseconds. Proxies write one every second. */
const reportTtlMs = 5_000;

const reportSchema = z.object({
  id: z.string(),
  /** Generation of the document that the proxy routes by; 0 before the first. */
  generation: z.int().min(0),
  /** Condition of the proxy's source; see ReleaseCondition. */
  condition: z.string(),
  /** Member id -> requests in flight. */
  inFlight: z.record(z.string(), z.int().min(0)),
  /** Member id -> health by active checks and outlier ejection. */
  memberHealth: z.record(z.string(), z.enum(['healthy', 'unhealthy'])),
  /** Milliseconds by which the system's clock is ahead of Redis'; undefined if that is unknown. */
  clockOffsetMs: z.number().optional(),
});

export type ProxyReport = z.infer<typeof reportSchema>;

/** Name of a proxy's host: its id without the slot and the random part. */
export function hostOfProxy(id: string): string {
  return id.replace(/-\d+-[0-9a-f]+$/, '');
}

/** Reports of the live proxies: one key per proxy, which expires with it. */
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

  /** Withdraws the report of a proxy that shuts down, so that no writer waits for it. */
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
      throw redisFailure("read the proxies' reports", error);
    }
  }

  #key(id: string): string {
    return redisKeys(this.#service).proxy(id);
  }
}

/** Parses a report; one that does not fit counts as a proxy without a document. */
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
