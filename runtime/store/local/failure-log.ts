import type { Logger } from 'pino';
import { errorMessage } from '../../contract/error-message.ts';

/** Logs a repeated failure once, until it ends or its reason changes. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #message: string;
  readonly #level: 'warn' | 'error';
  #reason: string | undefined;

  /**
   * @param message the line to log, with a subject: `Redis refused the sample`.
   * @param options `level` of the line. Default `warn`.
   */
  constructor(
    logger: Logger,
    message: string,
    { level = 'warn' }: { readonly level?: 'warn' | 'error' } = {},
  ) {
    this.#logger = logger;
    this.#message = message;
    this.#level = level;
  }

  /** Reason of the last failure; undefined once it has ended. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Logs the reason, and of an Error its stack trace too. */
  failed(error: unknown): void {
    const reason = errorMessage(error);
    if (reason === this.#reason) return;
    const fields = error instanceof Error ? { err: error, reason } : { reason };
    this.#logger[this.#level](fields, this.#message);
    this.#reason = reason;
  }

  ended(): void {
    this.#reason = undefined;
  }
}
