import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import type { KnownProxy } from '../../core/release/known-proxy.ts';
import { appliedMaintenanceSchema } from '../../core/release/maintenance.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/** Time for which a silent proxy is remembered, milliseconds: a day. */
const rememberedMs = 86_400_000;
/**
 * Writes a report, and remembers when its proxy reported first and last. The first report of a
 * proxy forgets those that have been silent for too long.
 * KEYS: report, known proxies. ARGV: id, report, TTL and time to remember in milliseconds.
 */
const writeReport = `
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HGET', KEYS[2], ARGV[1])
local first = known and string.match(known, '^(%d+) %d+$')
if not first then
  first = string.format('%.0f', now)
  local all = redis.call('HGETALL', KEYS[2])
  for index = 1, #all, 2 do
    local last = tonumber(string.match(all[index + 1], ' (%d+)$') or '0')
    if now - last > tonumber(ARGV[4]) then
      redis.call('HDEL', KEYS[2], all[index])
    end
  end
end
redis.call('HSET', KEYS[2], ARGV[1], first .. ' ' .. string.format('%.0f', now))
`;

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

const ownCertificateSchema = z.object({
  revision: z.number(),
  /** Milliseconds since the epoch; both are absent for a certificate that was removed. */
  notBeforeMs: z.number().optional(),
  notAfterMs: z.number().optional(),
});

const fileCertificateSchema = z.object({
  hosts: z.array(z.string()),
  /** Milliseconds since the epoch. */
  notBeforeMs: z.number(),
  notAfterMs: z.number(),
});

const count = z.int().min(0);
const memberCountsSchema = z.object({ requests: count, failures: count });

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
  /** Member id -> its counts since the proxy started; see member-counts.ts. Absent in reports of older proxies. */
  memberCounts: z.record(z.string(), memberCountsSchema).optional(),
  /**
   * Member id -> latencies of its answers in about the last minute, see member-latency.ts; without those
   * that had none. Absent in reports of older proxies.
   */
  memberLatencies: z.record(z.string(), z.array(count).readonly()).optional(),
  /** Milliseconds by which the system's clock is ahead of Redis'; undefined if that is unknown. */
  clockOffsetMs: z.number().optional(),
  /** Absent while the canary gets its share, and in reports of older proxies. */
  withheld: withheldSchema.optional(),
  /** Generation of the routes that it applies; absent in reports of older proxies. */
  routesGeneration: z.int().min(0).optional(),
  /** Maintenance that it applies; absent in reports of older proxies, which know none. */
  maintenance: appliedMaintenanceSchema.optional(),
  /** True if it had no descriptor, port or memory for a connection in the last minute. */
  isExhausted: z.boolean().optional(),
  /** True if it uses certificates by ACME; absent if not, and in reports of older proxies. */
  acme: z.boolean().optional(),
  /** Tokens of the http-01 challenges that it answers; absent without any, and of older proxies. */
  challenges: z.array(z.string()).optional(),
  /**
   * Service -> its own certificate, or its removal, by which the proxy serves https; absent if the
   * proxy takes no certificates from Redis.
   */
  ownCertificates: z.record(z.string(), ownCertificateSchema).optional(),
  /** Certificate that it reads from files; absent without one, and in reports of older proxies. */
  fileCertificate: fileCertificateSchema.optional(),
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
    const { id } = report;
    await runScript(this.#redis, writeReport, {
      keys: [this.#key(id), redisKeys(this.#service).proxies],
      args: [id, JSON.stringify(report), reportTtlMs, rememberedMs],
    });
  }

  /** Withdraws the report of a proxy that shuts down, so that no writer waits for it. */
  async remove(id: string): Promise<void> {
    await this.#redis.del(this.#key(id));
    await this.#redis.hdel(redisKeys(this.#service).proxies, id);
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

  /**
   * Lists the proxies that reported within a day and did not withdraw their reports, by id.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async known(): Promise<KnownProxy[]> {
    try {
      const stored = await this.#redis.hgetall(redisKeys(this.#service).proxies);
      return Object.entries(stored).flatMap(knownProxy).sort(byId);
    } catch (error) {
      throw redisFailure('read the known proxies', error);
    }
  }

  /**
   * Milliseconds since the first report of a known proxy, by Redis' clock; 0 without one.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async knownForMs(): Promise<number> {
    try {
      const [known, [seconds = 0]] = await Promise.all([this.known(), this.#redis.time()]);
      const first = Math.min(...known.map(({ firstReportMs }) => firstReportMs));
      return Math.max(0, seconds * 1_000 - first);
    } catch (error) {
      throw redisFailure('read the known proxies', error);
    }
  }

  #key(id: string): string {
    return redisKeys(this.#service).proxy(id);
  }
}

function knownProxy([id, times]: [string, string]): KnownProxy[] {
  const [, first, last] = /^(\d+) (\d+)$/.exec(times) ?? [];
  if (first === undefined || last === undefined) return [];
  return [{ id, firstReportMs: Number(first), lastReportMs: Number(last) }];
}

function byId(a: KnownProxy, b: KnownProxy): number {
  return a.id.localeCompare(b.id);
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
