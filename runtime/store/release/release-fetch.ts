import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { maxDocumentBytes } from '../../core/release/release-document.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/**
 * Fetches the stored release document (null: absent) and the time by Redis' clock. A document over
 * the size limit is never transferred.
 * @throws PerchError `redis_unavailable`, `redis_refused` or `document_invalid`.
 */
export async function fetchRelease(
  redis: Redis,
  service: string,
): Promise<{ json: string | null; nowMs: number }> {
  const { release } = redisKeys(service);
  try {
    const [bytes, [seconds = 0, microseconds = 0]] = await Promise.all([
      redis.strlen(release),
      redis.time(),
    ]);
    if (bytes > maxDocumentBytes) {
      throw new PerchError(
        'document_invalid',
        `release document must be at most ${maxDocumentBytes} bytes, got ${bytes}`,
      );
    }
    const nowMs = seconds * 1_000 + Math.floor(microseconds / 1_000);
    return { json: await redis.get(release), nowMs };
  } catch (error) {
    throw redisFailure('read the release document', error);
  }
}
