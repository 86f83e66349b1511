import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { cookieKeySchema } from './cookie-key.ts';

/** The key that all proxies of a service sign their affinity cookies with. */
export class CookieKeyStore {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#key = redisKeys(service).cookieKey;
  }

  /**
   * Reads the stored key. If there is none, stores `offered`, unless another proxy is faster.
   * @returns the stored key.
   * @throws PerchError `bad_input`, `redis_unavailable` or `redis_refused`; it contains no key.
   */
  async readOrStore(offered: string): Promise<string> {
    const stored = await this.#read(offered);
    const key = cookieKeySchema.safeParse(stored);
    if (key.success) return key.data;
    throw new PerchError(
      'bad_input',
      `${this.#key} must be 32 bytes in base64; its value is not shown`,
    );
  }

  async #read(offered: string): Promise<string | null> {
    try {
      const stored = await this.#redis.get(this.#key);
      if (stored !== null) return stored;
      await this.#redis.set(this.#key, offered, 'NX');
      return await this.#redis.get(this.#key);
    } catch (error) {
      const { code, message } = redisFailure('read the cookie key', error);
      // Some replies of Redis repeat the arguments of the command.
      throw new PerchError(code, message.replaceAll(offered, '…'));
    }
  }
}
