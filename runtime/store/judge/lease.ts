import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored } from '../redis/stored-values.ts';

/**
 * Takes the lease, or renews the holder's own.
 * KEYS: leader, epoch counter. ARGV: holder, TTL in milliseconds.
 * Returns the fencing epoch, or 0 while another holder has the lease.
 */
const holdLease = `
local current = redis.call('GET', KEYS[1])
if current then
  local holder, epoch = string.match(current, '^(%S+) (%d+)$')
  if holder ~= ARGV[1] then
    return 0
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(epoch)
end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. epoch, 'PX', ARGV[2])
return epoch
`;

/** Deletes the holder's own lease. KEYS: leader. ARGV: holder. */
const releaseLease = `
local current = redis.call('GET', KEYS[1])
if current and string.match(current, '^(%S+) ') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
`;

export interface LeaseOptions {
  /** Unique per process; contains no spaces. */
  readonly holder: string;
  /** Lifetime of a lease that is not renewed, milliseconds. */
  readonly ttlMs: number;
  /** Keys of the lease and of its epochs' counter. Default: those of the judge. */
  readonly keys?: LeaseKeys;
}

export interface LeaseKeys {
  readonly lease: string;
  readonly epoch: string;
}

/**
 * Lease, by default that of the judge: its holder is the leader. A lease alone cannot prevent a paused holder from
 * resuming and writing, so each new lease has a higher epoch, and the stores refuse a writer whose
 * epoch is not the newest (Kleppmann 2016, "How to do distributed locking").
 */
export class Lease {
  readonly #redis: Redis;
  readonly #keys: LeaseKeys;
  readonly #options: LeaseOptions;

  constructor(redis: Redis, service: string, options: LeaseOptions) {
    const { leader: lease, epoch } = redisKeys(service);
    this.#redis = redis;
    this.#keys = options.keys ?? { lease, epoch };
    this.#options = options;
  }

  /**
   * Takes or renews the lease.
   * @returns the fencing epoch while this process holds the lease; undefined while another does.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async hold(): Promise<number | undefined> {
    const { lease, epoch } = this.#keys;
    const { holder, ttlMs } = this.#options;
    try {
      const answer = await runScript(this.#redis, holdLease, {
        keys: [lease, epoch],
        args: [holder, ttlMs],
      });
      return z.int().parse(answer) || undefined;
    } catch (error) {
      throw redisFailure('hold the lease', error);
    }
  }

  /** Releases the lease, so that the next leader need not wait for its end. No-op if not held. */
  async release(): Promise<void> {
    try {
      await runScript(this.#redis, releaseLease, {
        keys: [this.#keys.lease],
        args: [this.#options.holder],
      });
    } catch (error) {
      throw redisFailure('release the lease', error);
    }
  }
}

/**
 * Name of the monitor that holds the judge's lease; undefined if none does. Rejects if Redis does
 * not answer.
 */
export async function leaderOf(redis: Redis, service: string): Promise<string | undefined> {
  return (await redis.get(redisKeys(service).leader))?.split(' ')[0];
}

/** Status of a leader of release 0.1: one threshold for all metrics. */
const statusOfRelease01 = z.object({
  verdict: z.object({ evidence: z.object({ harmfulFrom: z.number() }) }),
});

/**
 * Reports whether some monitor judges: it holds the lease, and its status is recent. A leader that
 * finds no release document, or that Redis refuses, has the lease alone. A leader of release 0.1 does
 * not count, because it cannot read the counts of these proxies and finds no harm. Rejects if Redis
 * does not answer.
 */
export async function hasJudge(redis: Redis, service: string): Promise<boolean> {
  const { leader, verdict } = redisKeys(service);
  const [holder, status] = await redis.mget(leader, verdict);
  if (typeof holder !== 'string' || typeof status !== 'string') return false;
  return readStored(statusOfRelease01, status) === undefined;
}
