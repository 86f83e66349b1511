import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

const challengeSchema = z.object({
  keyAuthorization: z.string(),
  /** Host name that it proves. */
  host: z.string(),
  /** Time after which nobody asks, milliseconds since the epoch. */
  expiresMs: z.number(),
});

/** Answer to an http-01 challenge (RFC 8555 section 8.3), by its token. It is public. */
export interface StoredChallenge extends z.infer<typeof challengeSchema> {
  readonly token: string;
}

/** Challenges of the orders that run, which every proxy answers. */
export class ChallengeStore {
  readonly #redis: Redis;
  readonly #hash: string;
  readonly #channel: string;

  constructor(redis: Redis, service: string) {
    const { challenges, certificatesChanged } = redisKeys(service);
    this.#redis = redis;
    this.#hash = challenges;
    this.#channel = certificatesChanged;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async list(): Promise<StoredChallenge[]> {
    try {
      const hash = await this.#redis.hgetall(this.#hash);
      return Object.entries(hash).flatMap(([token, json]) => {
        const stored = readStored(challengeSchema, json);
        return stored === undefined ? [] : [{ token, ...stored }];
      });
    } catch (error) {
      throw redisFailure('read the challenges', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async add({ token, ...stored }: StoredChallenge): Promise<void> {
    try {
      await this.#redis.hset(this.#hash, token, JSON.stringify(stored));
      await this.#redis.publish(this.#channel, 'challenges');
    } catch (error) {
      throw redisFailure('store a challenge', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async remove(tokens: readonly string[]): Promise<void> {
    if (tokens.length === 0) return;
    try {
      await this.#redis.hdel(this.#hash, ...tokens);
    } catch (error) {
      throw redisFailure('remove challenges', error);
    }
  }
}
