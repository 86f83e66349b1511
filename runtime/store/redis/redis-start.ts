import type { Redis } from 'ioredis';
import { redisFailure } from './redis-failure.ts';

/** Start of the Redis process that answers. */
export interface RedisStart {
  /** Whole seconds since then, by the clock of its host; negative if that clock was set back. */
  readonly uptimeSeconds: number;
  /** True if this Redis writes an append-only file, so that its data should outlive it. */
  readonly keepsData: boolean;
}

/**
 * Reads when Redis started. It may have lost its newest data then, or all.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function readRedisStart(redis: Redis): Promise<RedisStart> {
  try {
    const info = await redis.info('server', 'persistence');
    const field = (name: string) => Number(new RegExp(`^${name}:(-?\\d+)`, 'm').exec(info)?.[1]);
    const uptime = field('uptime_in_seconds');
    return {
      uptimeSeconds: Number.isNaN(uptime) ? Number.POSITIVE_INFINITY : uptime,
      keepsData: field('aof_enabled') === 1,
    };
  } catch (error) {
    throw redisFailure('read the start of Redis', error);
  }
}
