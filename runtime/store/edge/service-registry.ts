import type { Redis } from 'ioredis';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { edgeKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored } from '../redis/stored-values.ts';
import { passwordDigest, userRules } from './service-user.ts';

/** Entry of a service; another version may have added more. */
const entrySchema = z.looseObject({
  /** Hexadecimal SHA-256 of the password of its Redis user; absent: it has none. */
  passwordDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Full name of the stack that registered it; absent: none has named itself. */
  owner: z.string().optional(),
});

type ServiceEntry = z.infer<typeof entrySchema>;

/** Service as it is registered. */
export interface RegisteredService {
  readonly service: string;
  /** Full name of the stack that owns it; undefined: the next one that names itself will. */
  readonly owner: string | undefined;
}

const mostAttempts = 20;

/**
 * Stores the entry of a service if the stored one is still the one that it is based on.
 * KEYS: services. ARGV: service, the entry before ('' if none), the entry.
 */
const storeEntry = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

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
   * Registers a service. A stack that names itself owns it from then on, if no other one does.
   * @param password of its Redis user, secret; undefined leaves the user as it is.
   * @param owner full name of the stack that registers it; undefined leaves the owner as it is.
   * @throws PerchError `transition_refused` if another stack owns it; `bad_input`, `unsupported`,
   *   `conflict`, `redis_unavailable` or `redis_refused`.
   */
  async set(service: string, password: string | undefined, owner?: string): Promise<void> {
    if (service === reservedUser) {
      throw new PerchError('bad_input', `service must not be ${reservedUser}, a user of Redis`);
    }
    const claim = (entry: ServiceEntry = {}): ServiceEntry => {
      if (owner === undefined) return entry;
      requireOwner(service, { of: entry.owner, by: owner });
      return { ...entry, owner };
    };
    // First of all: the user of another stack's service must not get a new password.
    if (owner !== undefined) await this.#change(service, claim);
    const digest = password === undefined ? undefined : passwordDigest(password);
    if (digest !== undefined) await this.#setUser(service, digest);
    await this.#change(service, (entry) => ({
      ...claim(entry),
      ...(digest !== undefined && { passwordDigest: digest }),
    }));
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

  /**
   * Lets the next stack that names itself own a service.
   * @returns the owner until now; undefined if there was none.
   * @throws PerchError `conflict`, `redis_unavailable` or `redis_refused`.
   */
  async release(service: string): Promise<string | undefined> {
    let released: string | undefined;
    await this.#change(service, (registered) => {
      if (registered === undefined) return undefined;
      const { owner, ...entry } = registered;
      released = owner ?? released;
      return entry;
    });
    return released;
  }

  /**
   * Checks that no other stack owns a service. One that is not registered has no owner.
   * @throws PerchError `transition_refused` with both stacks; `redis_unavailable` or `redis_refused`.
   */
  async requireOwner(service: string, by: string): Promise<void> {
    requireOwner(service, { of: await this.ownerOf(service), by });
  }

  /** Owner of a service; undefined: none. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async ownerOf(service: string): Promise<string | undefined> {
    return (await this.#read(service)).entry?.owner;
  }

  /** Names of the registered services. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async list(): Promise<string[]> {
    return [...(await this.#entries()).keys()];
  }

  /** Registered services by name. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async owners(): Promise<RegisteredService[]> {
    const entries = await this.#entries();
    return Array.from(entries, ([service, { owner }]) => ({ service, owner })).sort((a, b) =>
      a.service < b.service ? -1 : 1,
    );
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

  /**
   * Reads, decides and stores; starts over if another writer was faster.
   * @param decide gets undefined for a service that is not registered; with undefined nothing changes.
   */
  async #change(
    service: string,
    decide: (entry: ServiceEntry | undefined) => ServiceEntry | undefined,
  ): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const { json, entry } = await this.#read(service);
      const decided = decide(entry);
      if (decided === undefined || (await this.#store(service, json, decided))) return;
    }
    throw new PerchError('conflict', `the registration of ${service} kept changing; try again`);
  }

  /** @returns false if another writer was faster. */
  async #store(service: string, before: string, entry: ServiceEntry): Promise<boolean> {
    try {
      const args = [service, before, JSON.stringify(entry)];
      const keys = [edgeKeys.services];
      return (await runScript(this.#redis, storeEntry, { keys, args })) === 1;
    } catch (error) {
      throw redisFailure('register the service', error);
    }
  }

  /** Entry of a service, undefined if it has none, and its text, which is empty then. */
  async #read(service: string): Promise<{ readonly json: string; readonly entry?: ServiceEntry }> {
    try {
      const json = await this.#redis.hget(edgeKeys.services, service);
      return json === null ? { json: '' } : { json, entry: readStored(entrySchema, json) ?? {} };
    } catch (error) {
      throw redisFailure('read the registered service', error);
    }
  }

  async #entries(): Promise<Map<string, ServiceEntry>> {
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

/** @throws PerchError `transition_refused` if another stack owns the service. */
function requireOwner(
  service: string,
  { of: owner, by }: { readonly of: string | undefined; readonly by: string },
): void {
  if (owner === undefined || owner === by) return;
  throw new PerchError(
    'transition_refused',
    `service ${service} belongs to stack ${owner}, not to ${by}: give this one another perch:service, ` +
      `or, if ${owner} was renamed or is gone, run "perch service release ${service}" first`,
  );
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
