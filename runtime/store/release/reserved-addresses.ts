import type { Redis } from 'ioredis';
import { z } from 'zod';
import { edgeKeys, redisKeys } from '../../contract/redis-keys.ts';
import type { AddressesElsewhere } from '../../core/release/port-allocation.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';

/** Addresses of a stored document; another version may have written the rest. */
const documentSchema = z.object({
  members: z.array(z.object({ host: z.string(), url: z.string() })),
});

/**
 * Reads the members' addresses of all services but one. The release documents alone say who has an
 * address, so it is free as soon as its member is deregistered. The count of reservations says where the
 * search for a free one begins, and makes sure that two services do not choose the same one.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function addressesElsewhere(
  redis: Redis,
  service: string,
): Promise<AddressesElsewhere> {
  try {
    // Before the documents: what is reserved after it changes the count.
    const reservations = Number((await redis.get(edgeKeys.reservations)) ?? 0);
    const own = redisKeys(service).release;
    const found = await scanKeys(redis, redisKeys('*').release);
    const others = found.filter((key) => key !== own);
    const stored = others.length === 0 ? [] : await redis.mget(others);
    const members = stored.flatMap((json) =>
      json === null ? [] : (readStored(documentSchema, json)?.members ?? []),
    );
    return { reservations, members };
  } catch (error) {
    throw redisFailure("read the members' addresses of other services", error);
  }
}
