import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Lifetime of a report, milliseconds. Proxies write one every second. */
const reportTtlMs = 5_000;

export const withheldReasons = ['unjudged', 'harmful'] as const;

const withheldSchema = z.object({
  /** `unjudged`: nobody judges the canary. `harmful`: the proxy itself found harm meanwhile. */
  reason: z.enum(withheldReasons),
  /** Milliseconds since the epoch, by the proxy's clock. */
  sinceMs: z.int(),
  /** The proxy's evidence of harm in a sentence, without its full stop. */
  evidence: z.string().optional(),
});

/** Reason for which a proxy gives the canary's share to stable. */
export type Withheld = z.infer<typeof withheldSchema>;

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
  /** Absent while the canary gets its share, and in reports of older proxies. */
  withheld: withheldSchema.optional(),
});

export type ProxyReport = z.infer<typeof reportSchema>;

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
