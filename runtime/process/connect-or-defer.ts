import type { Redis } from 'ioredis';
import { PerchError } from '../contract/perch-error.ts';
import {
  connectRedis,
  requireServer,
  type RedisConnectionOptions,
} from '../store/redis/connection.ts';

/**
 * Returns a client for a process that must start even without Redis: it connects in the background
 * if Redis is unavailable. A Redis that refuses the client ends the start.
 * @throws PerchError `bad_input`, `redis_refused` or `unsupported`.
 */
export async function connectOrDefer(options: RedisConnectionOptions): Promise<Redis> {
  const first = connectRedis(options);
  try {
    await requireServer(first);
    return first;
  } catch (error) {
    if (!(error instanceof PerchError) || error.code !== 'redis_unavailable') throw error;
    options.logger.warn({ reason: error.message }, 'the process starts without Redis');
    return connectRedis(options);
  }
}
