import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { parseReleaseDocument, type ReleaseDocument } from '../../core/release/release-document.ts';
import { HintedPoll } from '../redis/hinted-poll.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Listeners } from '../local/listeners.ts';
import { LastGoodStore } from './last-good-store.ts';
import { readRelease } from './release-fetch.ts';
import type { ReleaseCondition, ReleaseSource } from './release-source.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface ReleaseWatchOptions {
  readonly redis: Redis;
  readonly service: string;
  readonly logger: Logger;
  /** File that retains the last good document. Default: it is retained in memory only. */
  readonly lastGoodFile?: string;
  /**
   * True for a reader that offers its last good document to `perch restore` while Redis has lost it.
   * Default false.
   */
  readonly offersLastGood?: boolean;
  /** Interval of the polls, milliseconds. Default 1,000. */
  readonly pollIntervalMs?: number;
}

const fresh = { condition: 'fresh', reason: 'the release document is current' } as const;

/** Release document from Redis, or the last good one while Redis has no valid one. */
export class ReleaseWatch implements ReleaseSource {
  readonly #redis: Redis;
  readonly #service: string;
  readonly #logger: Logger;
  readonly #lastGood: LastGoodFile | undefined;
  readonly #offers: LastGoodStore | undefined;
  readonly #poll: HintedPoll;
  readonly #listeners: Listeners<ReleaseDocument>;
  #json: string | undefined;
  #current: ReleaseDocument | undefined;
  #condition: ReleaseCondition = 'waiting';

  constructor(options: ReleaseWatchOptions) {
    const { redis, service, logger, lastGoodFile } = options;
    this.#redis = redis;
    this.#service = service;
    this.#logger = logger;
    this.#lastGood =
      lastGoodFile === undefined ? undefined : new LastGoodFile(lastGoodFile, logger);
    this.#offers = options.offersLastGood === true ? new LastGoodStore(redis, service) : undefined;
    this.#listeners = new Listeners((error) => logger.error({ err: error }, 'a listener failed'));
    this.#poll = new HintedPoll({
      redis,
      channel: redisKeys(service).releaseChanged,
      intervalMs: options.pollIntervalMs ?? 1_000,
      job: () => this.#read(),
    });
  }

  get current(): ReleaseDocument | undefined {
    return this.#current;
  }

  get condition(): ReleaseCondition {
    return this.#condition;
  }

  onChange(listener: (document: ReleaseDocument) => void): () => void {
    return this.#listeners.add(listener);
  }

  async start(): Promise<void> {
    await this.restore();
    await this.#poll.start();
  }

  async stop(): Promise<void> {
    await this.#poll.stop();
    await this.#lastGood?.settled();
  }

  /**
   * Takes the document that an earlier process retained, until Redis answers. The start does it, if
   * nobody did before.
   */
  async restore(): Promise<void> {
    if (this.#current !== undefined) return;
    const json = await this.#lastGood?.read();
    if (json === undefined) return;
    try {
      const document = parseReleaseDocument(json);
      if (document.service !== this.#service) {
        this.#logger.warn(
          { service: document.service },
          'the last good file belongs to another service and is ignored',
        );
        return;
      }
      const reason = 'the document comes from the last good file until Redis answers';
      this.#apply(json, document, { condition: 'unreachable', reason });
    } catch (error) {
      this.#logger.warn({ reason: errorMessage(error) }, 'the last good file is ignored');
    }
  }

  async #read(): Promise<void> {
    try {
      this.#check(await readRelease(this.#redis, this.#service));
    } catch (error) {
      const invalid = error instanceof PerchError && error.code === 'document_invalid';
      this.#setCondition(invalid ? 'invalid' : 'unreachable', errorMessage(error));
    }
    await this.#offer();
  }

  /** Offers the document that Redis lost, in each poll anew: Redis may lose the offer, too. */
  async #offer(): Promise<void> {
    const [json, generation] = [this.#json, this.#current?.generation];
    const isLost = ['absent', 'invalid', 'regressed'].includes(this.#condition);
    if (!isLost || json === undefined || generation === undefined) return;
    try {
      await this.#offers?.offer(json, generation);
    } catch (error) {
      this.#logger.debug({ reason: errorMessage(error) }, 'the last good document is not offered');
    }
  }

  #check(json: string | null): void {
    if (json === null) {
      this.#setCondition('absent', 'Redis holds no release document');
      return;
    }
    if (json !== this.#json) {
      const document = parseReleaseDocument(json);
      const known = this.#current?.generation ?? 0;
      if (document.generation < known) {
        this.#setCondition(
          'regressed',
          `Redis holds generation ${document.generation}, older than the known ${known}`,
        );
        return;
      }
      if (document.generation === known) {
        // A writer builds on a document only once, so Redis lost the known one.
        this.#setCondition('regressed', `Redis holds another document of generation ${known}`);
        return;
      }
      this.#lastGood?.retain(json);
      this.#apply(json, document, fresh);
      return;
    }
    this.#setCondition(fresh.condition, fresh.reason);
  }

  /** Applies a document. Listeners report the condition, so it changes before they are notified. */
  #apply(
    json: string,
    document: ReleaseDocument,
    { condition, reason }: { condition: ReleaseCondition; reason: string },
  ): void {
    this.#json = json;
    this.#current = document;
    this.#setCondition(condition, reason);
    this.#listeners.notify(document);
  }

  /** Sets the condition, `waiting` while there is no document, and logs each change once. */
  #setCondition(condition: ReleaseCondition, reason: string): void {
    const next = this.#current === undefined ? 'waiting' : condition;
    if (next === this.#condition) return;
    this.#condition = next;
    const level = next === 'fresh' ? 'info' : 'warn';
    this.#logger[level]({ condition: next, generation: this.#current?.generation }, reason);
  }
}
