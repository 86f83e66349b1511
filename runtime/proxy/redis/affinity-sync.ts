import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { z } from 'zod';
import { tracks } from '../../contract/names.ts';
import type { StoredJudgeStatus } from '../../core/analysis/judge-status.ts';
import { CookieKeyFile } from '../../store/clients/cookie-key-file.ts';
import { newCookieKey } from '../../store/clients/cookie-key.ts';
import { CookieKeyStore } from '../../store/clients/cookie-key-store.ts';
import { JudgeStore } from '../../store/judge/judge-store.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { ReleaseSource } from '../../store/release/release-source.ts';
import type { CookieKeys } from '../clients/cookie-keys.ts';
import type { ClientCounter, KnownSlowBounds } from '../clients/client-counter.ts';

export interface AffinitySyncOptions {
  readonly redis: Redis;
  readonly service: string;
  readonly source: ReleaseSource;
  /** File that retains the keys; undefined: they are retained in memory only. */
  readonly file: string | undefined;
  readonly keys: CookieKeys;
  readonly counter: Pick<ClientCounter, 'slowBounds'>;
  readonly logger: Logger;
  /** Milliseconds. Default 1,000. */
  readonly intervalMs?: number;
}

/**
 * Reads what cookie affinity needs of Redis, every second while the document asks for it: the key
 * that all proxies sign with, and the latencies from which the judge calls a request slow.
 */
export class AffinitySync {
  readonly #options: AffinitySyncOptions;
  readonly #keyStore: CookieKeyStore;
  readonly #judgeStore: JudgeStore;
  readonly #file: CookieKeyFile | undefined;
  readonly #failures: FailureLog;
  /** Key that the service gets if it has none and this proxy retains none. */
  readonly #offered = newCookieKey();
  #periodic: Periodic | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: AffinitySyncOptions) {
    const { redis, service, file, logger } = options;
    this.#options = options;
    this.#keyStore = new CookieKeyStore(redis, service);
    this.#judgeStore = new JudgeStore(redis, service);
    this.#file = file === undefined ? undefined : new CookieKeyFile(file, logger);
    this.#failures = new FailureLog(logger, 'the key of the affinity cookies was not read');
  }

  /** Takes the retained keys, then reads Redis once if the document asks for it. */
  async start(): Promise<void> {
    const { keys, source, intervalMs = 1_000 } = this.#options;
    keys.restore((await this.#file?.read()) ?? []);
    await this.#sync();
    this.#periodic = new Periodic(() => this.#sync(), intervalMs);
    this.#stopListening = source.onChange(() => {
      if (!keys.canSign) this.#periodic?.runNow();
    });
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    await this.#periodic?.stop();
    await this.#file?.settled();
  }

  async #sync(): Promise<void> {
    if (this.#options.source.current?.affinity !== 'cookie') return;
    try {
      await Promise.all([this.#readKey(), this.#readBounds()]);
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #readKey(): Promise<void> {
    const { keys, logger } = this.#options;
    const [retained] = keys.retained;
    const hadKey = keys.canSign;
    if (!keys.learn(await this.#keyStore.readOrStore(retained?.key ?? this.#offered))) return;
    if (hadKey) logger.info('the key of the affinity cookies was replaced');
    this.#file?.retain(keys.retained);
  }

  /** Retains the last bounds while there is no judge, because a trial's bounds do not change. */
  async #readBounds(): Promise<void> {
    const status = await this.#judgeStore.judgeStatus();
    if (status !== undefined) this.#options.counter.slowBounds = slowBounds(status);
  }
}

const boundSchema = z.number().positive().nullable().default(null).catch(null);
const evidenceSchema = z.object({ slowAboveMs: boundSchema, canarySlowAboveMs: boundSchema });

/** Latency from which the judge calls a request slow, milliseconds, by track. */
export function slowBounds({ verdict }: Pick<StoredJudgeStatus, 'verdict'>): KnownSlowBounds {
  const { slowAboveMs, canarySlowAboveMs } = evidenceSchema.parse(verdict?.evidence ?? {});
  const bounds = { stable: slowAboveMs, canary: canarySlowAboveMs ?? slowAboveMs };
  const known = tracks.flatMap((track) => {
    const bound = bounds[track];
    return bound === null ? [] : [[track, bound] as const];
  });
  return Object.fromEntries(known);
}
