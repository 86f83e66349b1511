import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { parseReleaseDocument, type ReleaseDocument } from '../../core/release/release-document.ts';
import { HintedPoll } from '../redis/hinted-poll.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Listeners } from '../local/listeners.ts';
import { fetchRelease } from './release-fetch.ts';
import type { ReleaseCondition, ReleaseSource } from './release-source.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface ReleaseWatchOptions {
  readonly redis: Redis;
  readonly service: string;
  readonly logger: Logger;
  /** Where the last good document is kept; without it, only in memory. */
  readonly lastGoodFile?: string;
  /** How often the truth is asked for, milliseconds. Default 1,000. */
  readonly pollIntervalMs?: number;
}

/** The release document as Redis holds it, or the last good one while Redis does not. */
export class ReleaseWatch implements ReleaseSource {
  readonly #redis: Redis;
  readonly #service: string;
  readonly #logger: Logger;
  readonly #lastGood: LastGoodFile | undefined;
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
    this.#listeners = new Listeners((error) => logger.error({ err: error }, 'a listener failed'));
    this.#poll = new HintedPoll({
      redis,
      channel: redisKeys(service).releaseChanged,
      intervalMs: options.pollIntervalMs ?? 1_000,
      job: () => this.#ask(),
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
    await this.#recall();
    await this.#poll.start();
  }

  async stop(): Promise<void> {
    await this.#poll.stop();
    await this.#lastGood?.settled();
  }

  /** Begins with what an earlier process kept, which the source may soon replace. */
  async #recall(): Promise<void> {
    const json = await this.#lastGood?.read();
    if (json === undefined) return;
    try {
      const document = parseReleaseDocument(json);
      if (document.service !== this.#service) {
        this.#logger.warn(
          { service: document.service },
          'the last good file is of another service',
        );
        return;
      }
      this.#take(json, document);
      this.#become('unreachable', 'goes by the last good document until Redis answers');
    } catch (error) {
      this.#logger.warn({ reason: message(error) }, 'the last good file is ignored');
    }
  }

  async #ask(): Promise<void> {
    try {
      const { json } = await fetchRelease(this.#redis, this.#service);
      this.#judge(json);
    } catch (error) {
      const invalid = error instanceof PerchError && error.code === 'document_invalid';
      this.#become(invalid ? 'invalid' : 'unreachable', message(error));
    }
  }

  #judge(json: string | null): void {
    if (json === null) {
      this.#become('absent', 'Redis holds no release document');
      return;
    }
    if (json !== this.#json) {
      const document = parseReleaseDocument(json);
      const known = this.#current?.generation ?? 0;
      if (document.generation < known) {
        this.#become(
          'regressed',
          `Redis holds generation ${document.generation}, known is ${known}`,
        );
        return;
      }
      this.#lastGood?.keep(json);
      this.#take(json, document);
    }
    this.#become('fresh', 'the release document is current');
  }

  #take(json: string, document: ReleaseDocument): void {
    this.#json = json;
    this.#current = document;
    this.#listeners.tell(document);
  }

  /** Without any document there is only one condition: waiting. One log line each change. */
  #become(condition: ReleaseCondition, reason: string): void {
    const next = this.#current === undefined ? 'waiting' : condition;
    if (next === this.#condition) return;
    this.#condition = next;
    const level = next === 'fresh' ? 'info' : 'warn';
    this.#logger[level]({ condition: next, generation: this.#current?.generation }, reason);
  }
}

function message(error: unknown): string {
  return errorMessage(error);
}
