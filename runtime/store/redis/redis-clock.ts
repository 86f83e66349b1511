// The global one is an accessor, which costs each request a call.
import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { ClockOffset } from '../../core/host/clock-offset.ts';
import { Periodic } from '../local/periodic.ts';

export interface RedisClockOptions {
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly monotonicMs?: () => number;
  /** Milliseconds since the epoch by the system's clock. Default `Date.now`. */
  readonly systemMs?: () => number;
}

const sampleEveryMs = 5_000;

/**
 * Redis' clock, by which every process writes times that others compare: counts of several proxies
 * fall into the same bucket, whatever the clocks of their hosts say.
 *
 * The offset is taken against a clock that nobody sets, so that a step of the system's clock changes
 * nothing. Reading the time never waits. Until Redis has answered once, the system's clock must do.
 */
export class RedisClock {
  readonly #monotonicMs: () => number;
  readonly #systemMs: () => number;
  readonly #offset = new ClockOffset();
  #unfollow: (() => Promise<void>) | undefined;

  constructor({
    monotonicMs = () => performance.now(),
    systemMs = Date.now,
  }: RedisClockOptions = {}) {
    this.#monotonicMs = monotonicMs;
    this.#systemMs = systemMs;
  }

  /** Milliseconds since the epoch, a whole number. */
  now(): number {
    const { ms } = this.#offset;
    return ms === undefined ? this.#systemMs() : Math.round(this.#monotonicMs() + ms);
  }

  /**
   * Whole milliseconds by which the system's clock is ahead of Redis', negative if it is behind;
   * undefined until Redis has answered.
   */
  get systemOffsetMs(): number | undefined {
    return this.#offset.ms === undefined ? undefined : Math.round(this.#systemMs() - this.now());
  }

  /**
   * Compares with a server now, at each new connection to it, and every 5 s, until {@link stop}.
   * Settles with the first answer or failure.
   */
  async follow(redis: Redis): Promise<void> {
    const periodic = new Periodic(() => this.#sample(redis), sampleEveryMs);
    const connected = () => periodic.runNow();
    redis.on('ready', connected);
    this.#unfollow = async () => {
      redis.off('ready', connected);
      await periodic.stop();
    };
    await this.#sample(redis);
  }

  async stop(): Promise<void> {
    await this.#unfollow?.();
    this.#unfollow = undefined;
  }

  async #sample(redis: Redis): Promise<void> {
    const askedAt = this.#monotonicMs();
    // Without an answer the clock goes on as it was; the loops that need Redis report that.
    const time = await redis.time().catch(() => undefined);
    if (time === undefined) return;
    const roundTripMs = this.#monotonicMs() - askedAt;
    const [seconds, microseconds] = time;
    const answerMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    this.#offset.take({ askedAt, roundTripMs, answerMs });
  }
}
