import type { Logger } from 'pino';
import { FailureLog } from '../store/local/failure-log.ts';

/** Credentials of a role for a while, as AWS returns them. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

export interface RenewedCredentialsOptions {
  /** Asks AWS for new ones. */
  readonly assume: () => Promise<RoleCredentials>;
  readonly logger: Logger;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
  /** Time after a failure until the next try, milliseconds. Default 10,000. */
  readonly retryMs?: number;
}

/** Credentials with less time left are not handed out: a request would outlive them. */
const leastLeftMs = 60_000;

/**
 * Credentials of a role, renewed after half of their lifetime: SDKs ask for new ones 5 to 15 minutes
 * before the end, and must never get the same ones again then. While AWS does not answer, the old ones
 * are good for the other half.
 */
export class RenewedCredentials {
  readonly #options: Required<RenewedCredentialsOptions>;
  readonly #failures: FailureLog;
  #current: RoleCredentials | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: RenewedCredentialsOptions) {
    this.#options = { now: Date.now, retryMs: 10_000, ...options };
    const text = 'AWS gives no credentials of the role of members';
    this.#failures = new FailureLog(options.logger, text, { level: 'error' });
  }

  /** Credentials that still hold for a while; undefined if there are none. */
  get current(): RoleCredentials | undefined {
    const { now } = this.#options;
    const isGood = (this.#current?.expiresAtMs ?? 0) - now() > leastLeftMs;
    return isGood ? this.#current : undefined;
  }

  /** Reason of the last failure; undefined after a success. */
  get failure(): string | undefined {
    return this.#failures.reason;
  }

  /** Settles after the first try. */
  async start(): Promise<void> {
    const { assume, logger, now, retryMs } = this.#options;
    let nextMs = retryMs;
    try {
      this.#current = await assume();
      const { expiresAtMs } = this.#current;
      nextMs = Math.max(retryMs, (expiresAtMs - now()) / 2);
      this.#failures.ended();
      logger.info({ until: new Date(expiresAtMs).toISOString() }, 'credentials are renewed');
    } catch (error) {
      this.#failures.failed(error);
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.start(), nextMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
