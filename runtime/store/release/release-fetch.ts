import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { maxDocumentBytes } from '../../core/release/release-document.ts';
import { redisFailure } from '../redis/redis-failure.ts';

/**
 * Fetches the stored release document (null: absent) and the time by Redis' clock.
 * @throws PerchError as {@link readRelease} does.
 */
export async function fetchRelease(
  redis: Redis,
  service: string,
): Promise<{ json: string | null; nowMs: number }> {
  try {
    const [json, [seconds = 0, microseconds = 0]] = await Promise.all([
      readRelease(redis, service),
      redis.time(),
    ]);
    return { json, nowMs: seconds * 1_000 + Math.floor(microseconds / 1_000) };
  } catch (error) {
    throw redisFailure('read the release document', error);
  }
}

/**
 * Reads the stored release document (null: absent). A document over the size limit is never
 * transferred.
 * @throws PerchError `redis_unavailable`, `redis_refused` or `document_invalid`.
 */
export async function readRelease(redis: Redis, service: string): Promise<string | null> {
  const { release } = redisKeys(service);
  try {
    const bytes = await redis.strlen(release);
    if (bytes > maxDocumentBytes) {
      throw new PerchError(
        'document_invalid',
        `release document must be at most ${maxDocumentBytes} bytes, got ${bytes}`,
      );
    }
    return await redis.get(release);
  } catch (error) {
    throw redisFailure('read the release document', error);
  }
}
