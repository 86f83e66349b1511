import type { Redis } from 'ioredis';
import { PerchError } from '../contract/perch-error.ts';
import {
  connectRedis,
  requireServer,
  type RedisConnectionOptions,
} from '../store/redis/connection.ts';

/**
 * A client for a process that must start without Redis, too: one that is away is waited for in the
 * background, while one that refuses us ends the start.
 * @throws PerchError `bad_input`, `redis_refused` or `unsupported`.
 */
export async function connectOrDefer(options: RedisConnectionOptions): Promise<Redis> {
  const first = connectRedis(options);
  try {
    await requireServer(first);
    return first;
  } catch (error) {
    if (!(error instanceof PerchError) || error.code !== 'redis_unavailable') throw error;
    options.logger.warn({ reason: error.message }, 'starts without Redis');
    return connectRedis(options);
  }
}
