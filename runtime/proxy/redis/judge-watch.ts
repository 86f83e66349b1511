import type { ReleaseDocument } from '../../core/release/release-document.ts';

export interface JudgeWatchOptions {
  /** How long a release under trial may go without a judge before that is reported, milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Once when the time is over, and once when there is a judge again. */
  readonly onChange: (missing: boolean) => void;
}

/**
 * Notices that nobody judges a canary that has a share of the traffic. Then only the proxy's own
 * passive ejection stands between a bad canary and its share, and people should know.
 */
export class JudgeWatch {
  readonly #options: JudgeWatchOptions;
  readonly #now: () => number;
  #missingSince: number | undefined;
  #missing = false;

  constructor(options: JudgeWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether a release under trial has had no judge for longer than the timeout. */
  get missing(): boolean {
    return this.#missing;
  }

  /**
   * To be called about once a second.
   * @param judged whether someone holds the judge's lease. Not knowing is no: a judge that Redis
   * keeps from us is kept from acting, too.
   */
  observe(judged: boolean, document: Pick<ReleaseDocument, 'weight'> | undefined): void {
    const unattended = !judged && document !== undefined && document.weight > 0;
    this.#missingSince = unattended ? (this.#missingSince ?? this.#now()) : undefined;
    const missing =
      this.#missingSince !== undefined &&
      this.#now() - this.#missingSince >= this.#options.timeoutMs;
    if (missing === this.#missing) return;
    this.#missing = missing;
    this.#options.onChange(missing);
  }
}
