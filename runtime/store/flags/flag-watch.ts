import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { redisKeys } from '../../contract/redis-keys.ts';
import type { FlagDefinition } from '../../core/flags/flag-definition.ts';
import { FlagHistoryStore } from './flag-history-store.ts';
import { requireFlag } from './require-flag.ts';
import { HintedPoll } from '../redis/hinted-poll.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Listeners } from '../local/listeners.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface FlagWatchOptions {
  readonly redis: Redis;
  readonly service: string;
  readonly logger: Logger;
  /** File that retains the last good flags. Default: they are retained in memory only. */
  readonly lastGoodFile?: string;
  /** Interval of the polls, milliseconds. Default 1,000. */
  readonly pollIntervalMs?: number;
  /** Clock for {@link FlagWatch.freshAt}, milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

export type FlagCondition = 'waiting' | 'fresh' | 'unreachable' | 'absent';
export type Flags = ReadonlyMap<string, FlagDefinition>;

interface FlagChange {
  readonly flags: Flags;
  readonly changedKeys: readonly string[];
}

/**
 * Holds all flags in memory. An invalid definition affects only its own key, whose last good
 * definition stays. If all flags vanish at once (Redis restarted empty), they stay too, unless their
 * histories say that they were deleted.
 */
export class FlagWatch {
  readonly #options: FlagWatchOptions;
  readonly #lastGood: LastGoodFile | undefined;
  readonly #poll: HintedPoll;
  readonly #listeners: Listeners<FlagChange>;
  readonly #refused = new Map<string, string>();
  #json: Readonly<Record<string, string>> = {};
  #current: Flags | undefined;
  #condition: FlagCondition = 'waiting';
  #freshAt: number | undefined;

  constructor(options: FlagWatchOptions) {
    const { redis, service, logger, lastGoodFile, pollIntervalMs = 1_000 } = options;
    this.#options = options;
    this.#lastGood =
      lastGoodFile === undefined ? undefined : new LastGoodFile(lastGoodFile, logger);
    this.#listeners = new Listeners((error) => logger.error({ err: error }, 'a listener failed'));
    this.#poll = new HintedPoll({
      redis,
      channel: redisKeys(service).flagsChanged,
      intervalMs: pollIntervalMs,
      job: () => this.#read(),
    });
  }

  /** Undefined until flags have been read from Redis or disk. */
  get current(): Flags | undefined {
    return this.#current;
  }

  get condition(): FlagCondition {
    return this.#condition;
  }

  /**
   * Time of the last successful read from Redis, by `now`; undefined if there was none since the
   * start.
   */
  get freshAt(): number | undefined {
    return this.#freshAt;
  }

  onChange(listener: (flags: Flags, changedKeys: readonly string[]) => void): () => void {
    return this.#listeners.add(({ flags, changedKeys }) => listener(flags, changedKeys));
  }

  async start(): Promise<void> {
    const lastGood = await this.#lastGood?.read();
    if (lastGood !== undefined) this.#restore(lastGood);
    await this.#poll.start();
  }

  async stop(): Promise<void> {
    await this.#poll.stop();
    await this.#lastGood?.settled();
  }

  #restore(text: string): void {
    try {
      const { service, flags }: { service?: unknown; flags?: Record<string, string> } =
        JSON.parse(text);
      if (service !== this.#options.service || flags === undefined) return;
      this.#apply(flags);
      this.#setCondition('unreachable', 'flags come from the last good file until Redis answers');
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the last good file of the flags is ignored');
    }
  }

  async #read(): Promise<void> {
    const { redis, service, now = Date.now } = this.#options;
    let hash: Record<string, string>;
    let isLost: boolean;
    try {
      hash = await redis.hgetall(redisKeys(service).flags);
      isLost = Object.keys(hash).length === 0 && !(await this.#wereDeleted());
    } catch (error) {
      this.#setCondition('unreachable', redisFailure('read the flags', error).message);
      return;
    }
    if (isLost) {
      this.#setCondition('absent', 'Redis holds no flags; the last good ones stay');
      return;
    }
    this.#freshAt = now();
    this.#apply(hash);
    this.#setCondition('fresh', 'the flags are current');
  }

  /** True if people deleted all flags that are known, as opposed to a Redis that restarted empty. */
  async #wereDeleted(): Promise<boolean> {
    const { redis, service } = this.#options;
    const known = Object.keys(this.#json);
    return known.length === 0 || (await new FlagHistoryStore(redis, service).wereDeleted(known));
  }

  #apply(hash: Record<string, string>): void {
    const before = this.#current ?? new Map<string, FlagDefinition>();
    const changedKeys = [...new Set([...Object.keys(this.#json), ...Object.keys(hash)])].filter(
      (key) => this.#json[key] !== hash[key],
    );
    if (changedKeys.length === 0 && this.#current !== undefined) return;
    const flags = new Map<string, FlagDefinition>();
    for (const [key, json] of Object.entries(hash)) {
      const flag = this.#json[key] === json ? before.get(key) : this.#parse(key, json);
      const usable = flag ?? before.get(key);
      if (usable !== undefined) flags.set(key, usable);
    }
    this.#json = hash;
    this.#current = flags;
    const lastGood = Object.fromEntries(
      [...flags].map(([key, flag]) => [key, JSON.stringify(flag)]),
    );
    this.#lastGood?.retain(JSON.stringify({ service: this.#options.service, flags: lastGood }));
    this.#listeners.notify({ flags, changedKeys });
  }

  #parse(key: string, json: string): FlagDefinition | undefined {
    try {
      return requireFlag(key, JSON.parse(json));
    } catch (error) {
      if (this.#refused.get(key) !== json) {
        const reason = errorMessage(error);
        this.#options.logger.warn(
          { flag: key, reason },
          'the flag is invalid; its last good definition stays',
        );
      }
      this.#refused.set(key, json);
      return undefined;
    }
  }

  #setCondition(condition: FlagCondition, reason: string): void {
    const next = this.#current === undefined ? 'waiting' : condition;
    if (next === this.#condition) return;
    this.#condition = next;
    this.#options.logger[next === 'fresh' ? 'info' : 'warn']({ condition: next }, reason);
  }
}
