import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { errorMessage } from '../../contract/error-message.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { edgeKeys } from '../../contract/redis-keys.ts';
import {
  noRoutes,
  parseRoutesDocument,
  type RoutesDocument,
} from '../../core/edge/routes-document.ts';
import { HintedPoll } from '../redis/hinted-poll.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Listeners } from '../local/listeners.ts';
import { RoutesStore } from './routes-store.ts';

/**
 * Condition of the routes that a process follows:
 * - `none`: nothing was ever registered.
 * - `fresh`: Redis holds these routes.
 * - `unreachable`, `invalid`, `lost`: Redis does not answer, holds none that are valid, or holds none
 *   or older ones; the last good routes stay.
 */
export type RoutesCondition = 'none' | 'fresh' | 'unreachable' | 'invalid' | 'lost';

export interface RoutesWatchOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  /** File that retains the last good routes. Default: they are retained in memory only. */
  readonly lastGoodFile?: string;
  /** True for a reader that stores its last good routes again if Redis lost them. Default false. */
  readonly restoresLost?: boolean;
  /** Interval of the polls, milliseconds. Default 1,000. */
  readonly pollIntervalMs?: number;
}

/** Routes from Redis, or the last good ones while Redis has no valid ones. */
export class RoutesWatch {
  readonly #store: RoutesStore;
  readonly #restoresLost: boolean;
  readonly #logger: Logger;
  readonly #lastGood: LastGoodFile | undefined;
  readonly #poll: HintedPoll;
  readonly #listeners: Listeners<RoutesDocument>;
  #json: string | undefined;
  #current: RoutesDocument | undefined;
  #condition: RoutesCondition = 'none';

  constructor(options: RoutesWatchOptions) {
    const { redis, logger, lastGoodFile, restoresLost = false, pollIntervalMs = 1_000 } = options;
    this.#store = new RoutesStore(redis);
    this.#restoresLost = restoresLost;
    this.#logger = logger;
    this.#lastGood =
      lastGoodFile === undefined ? undefined : new LastGoodFile(lastGoodFile, logger);
    this.#listeners = new Listeners((error) => logger.error({ err: error }, 'a listener failed'));
    this.#poll = new HintedPoll({
      redis,
      channel: edgeKeys.routesChanged,
      intervalMs: pollIntervalMs,
      job: () => this.#read(),
    });
  }

  /** Undefined while nothing was ever registered. */
  get current(): RoutesDocument | undefined {
    return this.#current;
  }

  get condition(): RoutesCondition {
    return this.#condition;
  }

  onChange(listener: (document: RoutesDocument) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Settles when the last good routes were taken and the first read has succeeded or failed. */
  async start(): Promise<void> {
    await this.#restore();
    await this.#poll.start();
  }

  async stop(): Promise<void> {
    await this.#poll.stop();
    await this.#lastGood?.settled();
  }

  async #restore(): Promise<void> {
    const json = await this.#lastGood?.read();
    if (json === undefined) return;
    try {
      this.#apply(json, parseRoutesDocument(json));
    } catch (error) {
      this.#logger.warn({ reason: errorMessage(error) }, 'the last good routes are ignored');
    }
  }

  /** Never throws. */
  async #read(): Promise<void> {
    try {
      await this.#check(await this.#store.fetch());
    } catch (error) {
      const isInvalid = error instanceof PerchError && error.code === 'document_invalid';
      this.#setCondition(isInvalid ? 'invalid' : 'unreachable', errorMessage(error));
    }
  }

  async #check(json: string | undefined): Promise<void> {
    const known = this.#current;
    if (json === undefined) {
      if (known !== undefined) await this.#lost('Redis holds no routes', noRoutes, known);
      return;
    }
    if (json !== this.#json) {
      const document = parseRoutesDocument(json);
      // A writer builds on a document only once, so an equal generation is a loss, too.
      if (known !== undefined && document.generation <= known.generation) {
        const held = `Redis holds generation ${document.generation} of the routes`;
        await this.#lost(`${held}, not the known ${known.generation}`, document, known);
        return;
      }
      this.#lastGood?.retain(json);
      this.#setCondition('fresh', 'the routes are current');
      this.#apply(json, document);
      return;
    }
    this.#setCondition('fresh', 'the routes are current');
  }

  async #lost(reason: string, stored: RoutesDocument, known: RoutesDocument): Promise<void> {
    this.#setCondition('lost', reason);
    if (this.#restoresLost) await this.#store.rejoin(known, stored);
  }

  #apply(json: string, document: RoutesDocument): void {
    this.#json = json;
    this.#current = document;
    this.#listeners.notify(document);
  }

  /** Logs each change once. */
  #setCondition(condition: RoutesCondition, reason: string): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    const level = condition === 'fresh' ? 'info' : 'warn';
    this.#logger[level]({ condition, generation: this.#current?.generation }, reason);
  }
}
