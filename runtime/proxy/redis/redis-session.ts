import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { connectRedis } from '../../store/redis/connection.ts';
import type { RedisClock } from '../../store/redis/redis-clock.ts';
import { MaintenancePoll } from '../../store/release/maintenance-poll.ts';

export interface RedisSessionOptions {
  /** Secret. */
  readonly url: string;
  /** The proxy's id. */
  readonly id: string;
  /** Clock that follows this Redis from the first attempt to connect on. */
  readonly clock: Pick<RedisClock, 'follow' | 'now' | 'stop'>;
  readonly logger: Logger;
}

/** One connection of a proxy to Redis, for all of its services, and what they share of it. */
export class RedisSession {
  readonly redis: Redis;
  /** Clock that follows Redis. */
  readonly clock: RedisSessionOptions['clock'];
  readonly maintenancePoll: MaintenancePoll;
  #following: Promise<void> | undefined;

  constructor({ url, id, clock, logger }: RedisSessionOptions) {
    this.clock = clock;
    this.redis = connectRedis({ url, name: `perch-proxy-${id}`, logger });
    this.maintenancePoll = new MaintenancePoll(this.redis);
  }

  /**
   * Waits for the first connection attempt, because a client refuses commands before it.
   * @param patienceMs ends the wait earlier. Default: no limit.
   */
  async attempted(patienceMs?: number): Promise<void> {
    await firstAttempt(
      this.redis,
      patienceMs === undefined ? undefined : AbortSignal.timeout(patienceMs),
    );
    this.#following ??= this.clock.follow(this.redis);
    await this.#following;
  }

  async stop(): Promise<void> {
    await this.clock.stop();
    this.redis.disconnect();
  }
}

async function firstAttempt(redis: Redis, limit?: AbortSignal): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  redis.once('ready', done).once('error', done);
  limit?.addEventListener('abort', done);
  await promise;
  redis.off('ready', done).off('error', done);
}
