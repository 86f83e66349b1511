import type { ReleaseDocument } from '../../core/release/release-document.ts';

export interface JudgeWatchOptions {
  /** Longest time that a canary with a share may have no judge, milliseconds. */
  readonly timeoutMs: number;
  /** Time for which a judge must work before it counts as back, milliseconds. Default 0. */
  readonly presentForMs?: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Called once when the timeout has passed, and once when there is a judge again. */
  readonly onChange?: (missing: boolean) => void;
}

/** Detects that nobody judges a canary that has a share of the traffic. */
export class JudgeWatch {
  readonly #options: JudgeWatchOptions;
  readonly #now: () => number;
  #missingSince: number | undefined;
  #presentSince: number | undefined;
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
   * @param judged true if a judge works. Pass false if Redis does not answer: a judge that Redis
   * does not reach cannot act either.
   */
  update(judged: boolean, document: Pick<ReleaseDocument, 'weight'> | undefined): void {
    if (document === undefined || document.weight === 0) {
      this.#missingSince = undefined;
      this.#presentSince = undefined;
      this.#set(false);
      return;
    }
    const now = this.#now();
    const { timeoutMs, presentForMs = 0 } = this.#options;
    if (judged) {
      this.#missingSince = undefined;
      this.#presentSince ??= now;
      if (now - this.#presentSince >= presentForMs) this.#set(false);
    } else {
      this.#presentSince = undefined;
      this.#missingSince ??= now;
      if (now - this.#missingSince >= timeoutMs) this.#set(true);
    }
  }

  #set(missing: boolean): void {
    if (missing === this.#missing) return;
    this.#missing = missing;
    this.#options.onChange?.(missing);
  }
}
