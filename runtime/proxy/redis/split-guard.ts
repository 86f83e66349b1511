import type { Logger } from 'pino';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import type { Withheld } from '../../store/release/proxy-reports.ts';
import { JudgeWatch } from './judge-watch.ts';
import { concerns, type LocalHarm, type LocalJudge } from './local-judge.ts';

/** Time without a working judge, or with refused counts, after which a proxy judges by itself. */
const aloneAfterMs = 3_000;
/** Time for which the judge must work again, milliseconds: it has judged the late counts by then. */
const presentForMs = 3_000;

/** State of the judge as a proxy knows it. */
export interface JudgeReading {
  /** True if a monitor judges, and Redis takes writes, without which no judge can act. */
  readonly judged: boolean;
  /** True if this proxy's counts reach the judge. */
  readonly counted: boolean;
}

export interface SplitGuardOptions {
  readonly judge: Pick<LocalJudge, 'follow' | 'findHarm'>;
  /**
   * Longest time that a canary keeps its share without a judge, milliseconds. 0: no limit, and the
   * proxy does not judge either.
   */
  readonly unjudgedAfterMs: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly monotonicMs?: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with each change. */
  readonly onChange: (withheld: Withheld | undefined) => void;
  readonly logger: Logger;
}

/**
 * Withholds the canary's share where nobody judges: after `unjudgedAfterMs` without a judge, or as
 * soon as this proxy itself finds harm that no judge can act on. A judge that works, and gets this
 * proxy's counts, decides alone.
 */
export class SplitGuard {
  readonly #options: SplitGuardOptions;
  readonly #unjudged: JudgeWatch;
  readonly #alone: JudgeWatch;
  #harm: LocalHarm | undefined;
  #withheld: Withheld | undefined;

  constructor(options: SplitGuardOptions) {
    this.#options = options;
    const { unjudgedAfterMs, monotonicMs } = options;
    const watch = (timeoutMs: number) =>
      new JudgeWatch({ timeoutMs, presentForMs, ...(monotonicMs && { now: monotonicMs }) });
    this.#unjudged = watch(unjudgedAfterMs);
    this.#alone = watch(aloneAfterMs);
  }

  /** Undefined while the canary gets its share. */
  get withheld(): Withheld | undefined {
    return this.#withheld;
  }

  /** Takes a new document at once. */
  follow(document: ReleaseDocument): void {
    this.#options.judge.follow(document);
    if (this.#harm !== undefined && !concerns(this.#harm, document)) this.#harm = undefined;
    this.#settle();
  }

  /** Takes one reading; to be called about once a second. */
  update({ judged, counted }: JudgeReading, document: ReleaseDocument | undefined): void {
    if (this.#options.unjudgedAfterMs === 0) return;
    this.#unjudged.update(judged, document);
    this.#alone.update(judged && counted, document);
    if (!this.#alone.missing) this.#harm = undefined;
    else if (document !== undefined) this.#harm ??= this.#options.judge.findHarm(document);
    this.#settle();
  }

  #settle(): void {
    const { now, onChange, logger } = this.#options;
    const reason = this.#reason();
    if (reason === this.#withheld?.reason) return;
    const evidence = reason === 'harmful' ? this.#harm?.sentence : undefined;
    this.#withheld = reason && { reason, sinceMs: now(), ...(evidence && { evidence }) };
    if (reason === undefined) logger.info('the canary gets its share again');
    else logger.warn({ evidence }, messages[reason]);
    onChange(this.#withheld);
  }

  #reason(): Withheld['reason'] | undefined {
    if (this.#harm !== undefined) return 'harmful';
    return this.#unjudged.missing ? 'unjudged' : undefined;
  }
}

const messages = {
  unjudged: 'nobody judges the canary: stable gets its share until a judge is back',
  harmful: 'this proxy found the canary harmful while no judge could act: stable gets its share',
} as const satisfies Record<Withheld['reason'], string>;
