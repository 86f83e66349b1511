import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import {
  storedJudgeStatusSchema,
  toStoredStatus,
  type JudgeStatus,
  type StoredJudgeStatus,
} from '../../core/analysis/judge-status.ts';
import { trialSchema, type Trial } from '../../core/analysis/trial.ts';
import { readStored } from '../redis/stored-values.ts';
import { fenced, redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';

/**
 * Stores a value if its writer is still the newest leader.
 * KEYS: value, epoch counter. ARGV: epoch, value, TTL in milliseconds (0: none).
 * Returns `stored` or `fenced`.
 */
const storeFenced = `
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'fenced'
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 'stored'
`;

/** Lifetime of a judge status, milliseconds. The leader writes one every second. */
const judgeStatusTtlMs = 5_000;

/** The leader's trial and judge status, for the next leader and for `perch status`. */
export class JudgeStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Trial of the current release; undefined if none is stored.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async trial(): Promise<Trial | undefined> {
    return await this.#read(redisKeys(this.#service).trial, trialSchema);
  }

  /** @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`. */
  async writeTrial(trial: Trial, epoch: number): Promise<void> {
    await this.#write(redisKeys(this.#service).trial, trial, epoch, 0);
  }

  /**
   * Newest judge status; undefined without a live leader.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async judgeStatus(): Promise<StoredJudgeStatus | undefined> {
    return await this.#read(redisKeys(this.#service).verdict, storedJudgeStatusSchema);
  }

  /** @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`. */
  async writeJudgeStatus(judgeStatus: JudgeStatus, epoch: number): Promise<void> {
    await this.#write(
      redisKeys(this.#service).verdict,
      toStoredStatus(judgeStatus),
      epoch,
      judgeStatusTtlMs,
    );
  }

  async #read<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    try {
      const json = await this.#redis.get(key);
      return json === null ? undefined : readStored(schema, json);
    } catch (error) {
      throw redisFailure('read the judge state', error);
    }
  }

  async #write(key: string, value: object, epoch: number, ttlMs: number): Promise<void> {
    const json = JSON.stringify(value);
    const counter = redisKeys(this.#service).epoch;
    try {
      const answer = await runScript(this.#redis, storeFenced, {
        keys: [key, counter],
        args: [epoch, json, ttlMs],
      });
      if (answer === 'stored') return;
    } catch (error) {
      throw redisFailure('write as the leader', error);
    }
    throw fenced(epoch);
  }
}
