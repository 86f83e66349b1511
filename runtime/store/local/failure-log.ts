import type { Logger } from 'pino';
import { errorMessage } from '../../contract/error-message.ts';

/** Logs a repeated failure once, until it ends or its reason changes. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #message: string;
  #reason: string | undefined;

  /** @param message the line to log, with a subject: `Redis refused the sample`. */
  constructor(logger: Logger, message: string) {
    this.#logger = logger;
    this.#message = message;
  }

  /** Reason of the last failure; undefined once it has ended. */
  get reason(): string | undefined {
    return this.#reason;
  }

  failed(error: unknown): void {
    const reason = errorMessage(error);
    if (reason !== this.#reason) this.#logger.warn({ reason }, this.#message);
    this.#reason = reason;
  }

  ended(): void {
    this.#reason = undefined;
  }
}
