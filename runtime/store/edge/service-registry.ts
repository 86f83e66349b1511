import type { Redis } from 'ioredis';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { edgeKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';
import { passwordDigest, userRules } from './service-user.ts';

/** Entry of a service; another version may have added more. */
const entrySchema = z.looseObject({
  /** Hexadecimal SHA-256 of the password of its Redis user; absent: it has none. */
  passwordDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** User of the host stack; a service of this name would take it over. */
const reservedUser = 'default';

/**
 * Services that are registered with an edge, and their Redis users. Redis forgets its users when it
 * starts, so the monitors make them again from what is stored here.
 */
export class ServiceRegistry {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Registers a service.
   * @param password of its Redis user, secret; undefined leaves the user as it is.
   * @throws PerchError `bad_input`, `unsupported`, `redis_unavailable` or `redis_refused`.
   */
  async set(service: string, password: string | undefined): Promise<void> {
    if (service === reservedUser) {
      throw new PerchError('bad_input', `service must not be ${reservedUser}, a user of Redis`);
    }
    const digest = password === undefined ? undefined : passwordDigest(password);
    if (digest !== undefined) await this.#setUser(service, digest);
    try {
      const json = await this.#redis.hget(edgeKeys.services, service);
      const before = json === null ? {} : readStored(entrySchema, json);
      const entry = { ...before, ...(digest !== undefined && { passwordDigest: digest }) };
      await this.#redis.hset(edgeKeys.services, service, JSON.stringify(entry));
    } catch (error) {
      throw redisFailure('register the service', error);
    }
  }

  /**
   * Removes a service and its user.
   * @returns true if there was one of them.
   * @throws PerchError as {@link set}.
   */
  async remove(service: string): Promise<boolean> {
    if (service === reservedUser) return false;
    try {
      const entries = await this.#redis.hdel(edgeKeys.services, service);
      const users = await this.#redis.call('ACL', 'DELUSER', service);
      return entries + Number(users) > 0;
    } catch (error) {
      throw userFailure(error);
    }
  }

  /** Names of the registered services. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async list(): Promise<string[]> {
    return [...(await this.#entries()).keys()];
  }

  /**
   * Makes the users again that Redis does not know.
   * @returns the services that have one again.
   * @throws PerchError as {@link set}.
   */
  async restoreUsers(): Promise<string[]> {
    const entries = await this.#entries();
    const wanting = [...entries].filter(([, { passwordDigest }]) => passwordDigest !== undefined);
    if (wanting.length === 0) return [];
    const known = await this.#users();
    const lost = wanting.filter(([service]) => !known.includes(service));
    for (const [service, { passwordDigest = '' }] of lost) {
      await this.#setUser(service, passwordDigest);
    }
    return lost.map(([service]) => service);
  }

  async #entries(): Promise<Map<string, z.infer<typeof entrySchema>>> {
    try {
      const stored = Object.entries(await this.#redis.hgetall(edgeKeys.services));
      const read = stored.map(
        ([name, json]) => [name, readStored(entrySchema, json) ?? {}] as const,
      );
      return new Map(read);
    } catch (error) {
      throw redisFailure('read the registered services', error);
    }
  }

  async #users(): Promise<string[]> {
    try {
      return z.array(z.string()).parse(await this.#redis.call('ACL', 'USERS'));
    } catch (error) {
      throw userFailure(error);
    }
  }

  async #setUser(service: string, digest: string): Promise<void> {
    try {
      await this.#redis.call('ACL', 'SETUSER', service, ...userRules(service, digest));
    } catch (error) {
      throw userFailure(error);
    }
  }
}

/** A managed Redis may leave its users to the provider's own API. */
function userFailure(error: unknown): PerchError {
  const failure = redisFailure('change the Redis users', error);
  const isUnsupported = /unknown command .?ACL|may not run this command|not allowed/i.test(
    failure.message,
  );
  if (failure.code !== 'redis_refused' || !isUnsupported) return failure;
  return new PerchError('unsupported', 'this Redis does not let Perch make users (ACL SETUSER)');
}
