import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Hook } from '../../contract/names.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';

/**
 * Claims the right to run a hook, unless the run succeeded before or another host has the right.
 * KEYS: runs, host. ARGV: run, host, TTL in milliseconds.
 * Returns `run`, `done`, or `busy` and the other host.
 */
const beginRun = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return {'done'}
end
local current = redis.call('GET', KEYS[2])
if current and current ~= ARGV[2] then
  return {'busy', current}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {'run'}
`;

/**
 * Gives the right back, and records a run that succeeded.
 * KEYS: runs, host. ARGV: run, host, time in milliseconds or 0 for a failure, rank of the newest run
 * that is not kept.
 */
const endRun = `
if ARGV[3] ~= '0' then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, ARGV[4])
end
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
`;

/** Number of newest runs that are retained. */
export const retainedHookRuns = 1_000;
const decision = z.union([
  z.tuple([z.literal('run')]),
  z.tuple([z.literal('done')]),
  z.tuple([z.literal('busy'), z.string()]),
]);

/** One run of a hook. */
export interface HookRun {
  readonly hook: Hook;
  /** Digest of the image, the command and everything else by which a run is told from another. */
  readonly key: string;
  /** Host that runs it. */
  readonly host: string;
}

export type HookDecision =
  | { readonly kind: 'run' | 'done' }
  | { readonly kind: 'busy'; readonly host: string };

/**
 * Runs of the hooks of a service's releases. Several stacks release one service, its canary stack and
 * its prod stack: so only Redis knows that a migration has run, and that none runs now.
 */
export class HookRuns {
  readonly #redis: Redis;
  readonly #keys: readonly [runs: string, host: string];

  constructor(redis: Redis, service: string) {
    const { hookRuns, hookHost } = redisKeys(service);
    this.#redis = redis;
    this.#keys = [hookRuns, hookHost];
  }

  /**
   * Decides whether a host runs a hook. A host may ask again while it has the right.
   * @param ttlMs milliseconds after which another host may run a hook though this one has not ended.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async begin(run: HookRun, ttlMs: number): Promise<HookDecision> {
    try {
      const args = [nameOf(run), run.host, ttlMs];
      const [kind, host] = decision.parse(
        await runScript(this.#redis, beginRun, { keys: this.#keys, args }),
      );
      return kind === 'busy' ? { kind, host } : { kind };
    } catch (error) {
      throw redisFailure('begin a hook', error);
    }
  }

  /**
   * Records the end of a run. It may be repeated.
   * @param succeededAt milliseconds since the epoch; undefined if it failed.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async end(run: HookRun, succeededAt: number | undefined): Promise<void> {
    try {
      const args = [nameOf(run), run.host, succeededAt ?? 0, -retainedHookRuns - 1];
      await runScript(this.#redis, endRun, { keys: this.#keys, args });
    } catch (error) {
      throw redisFailure('end a hook', error);
    }
  }
}

function nameOf({ hook, key }: HookRun): string {
  return `${hook} ${key}`;
}
