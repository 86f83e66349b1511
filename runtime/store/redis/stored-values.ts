import type { Redis } from 'ioredis';
import type { z } from 'zod';

/**
 * Value stored as JSON; undefined if it does not fit the schema, as from another version of Perch.
 */
export function readStored<Schema extends z.ZodType>(
  schema: Schema,
  json: string,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Finds what stands for the star in every key that matches a pattern with one star, such as the
 * service in `redisKeys('*').release`.
 */
export async function scanNames(redis: Redis, pattern: string): Promise<string[]> {
  const [before = '', after = ''] = pattern.split('*');
  const keys = await scanKeys(redis, pattern);
  return keys.map((key) => key.slice(before.length, key.length - after.length));
}

/** Finds every key that matches `pattern` without blocking the server for long (SCAN). */
export async function scanKeys(redis: Redis, pattern: string): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    for (const key of found) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys];
}
