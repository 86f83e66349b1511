import type { Redis } from 'ioredis';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';

/** Ages every notification that was attempted by `ms`, on the idle clock that Redis keeps for it. */
export async function ageOutbox(redis: Redis, service: string, ms: number): Promise<void> {
  const { outbox } = redisKeys(service);
  const tried = (await redis.xpending(outbox, 'deliverers', '-', '+', 1_000)) as [
    id: string,
    consumer: string,
    idleMs: number,
    attempts: number,
  ][];
  for (const [id, consumer, idleMs] of tried) {
    await redis.xclaim(outbox, 'deliverers', consumer, 0, id, 'IDLE', idleMs + ms, 'JUSTID');
  }
}
