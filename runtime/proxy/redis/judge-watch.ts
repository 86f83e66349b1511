import type { ReleaseDocument } from '../../core/release/release-document.ts';

export interface JudgeWatchOptions {
  /** Longest time that a canary with a share may have no judge, milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Called once when the timeout has passed, and once when there is a judge again. */
  readonly onChange: (missing: boolean) => void;
}

/**
 * Detects that nobody judges a canary that has a share of the traffic. Only the proxy's own outlier
 * ejection protects clients from a bad canary then, and people should know.
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

  /** True if a release under trial has had no judge for longer than the timeout. */
  get missing(): boolean {
    return this.#missing;
  }

  /**
   * Takes one reading; to be called about once a second.
   * @param judged true if a monitor holds the judge's lease. Pass false if Redis does not answer:
   * a judge that Redis does not reach cannot act either.
   */
  update(judged: boolean, document: Pick<ReleaseDocument, 'weight'> | undefined): void {
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
