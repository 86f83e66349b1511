import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';

/** Whether some monitor holds the lease of the one that judges. Rejects when Redis does not answer. */
export async function hasJudge(redis: Redis, service: string): Promise<boolean> {
  return (await redis.exists(redisKeys(service).leader)) === 1;
}
