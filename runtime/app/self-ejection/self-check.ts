import { errorMessage } from '../../contract/error-message.ts';

export interface SelfCheckOptions {
  /** Requests the member's own health check. */
  readonly ask: () => Promise<Pick<Response, 'status'>>;
  /** Longest delay of the event loop since the last call, milliseconds. */
  readonly lagMs: () => number;
  /** Time that the health check may take, milliseconds. Default 1,000. */
  readonly answerTimeoutMs?: number;
}

/** Delay of the event loop above which a member counts as unhealthy, milliseconds. */
const maxLagMs = 1_000;
/** Failed checks in a row that make a member unhealthy: one bad moment or two do not. */
const failuresToReport = 3;

/** A member's check of its own health, to be run once a second. */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  #failures = 0;
  #passes = 0;

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  /** Checks in a row that the member has passed. */
  get passes(): number {
    return this.#passes;
  }

  /** Returns the problem of the third failed check in a row and starts counting anew. */
  async run(): Promise<string | undefined> {
    const problem = await this.#problem();
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    this.#passes = problem === undefined ? this.#passes + 1 : 0;
    if (this.#failures < failuresToReport) return undefined;
    this.#failures = 0;
    return problem;
  }

  async #problem(): Promise<string | undefined> {
    const { ask, lagMs, answerTimeoutMs = 1_000 } = this.#options;
    const lag = lagMs();
    if (lag > maxLagMs) return `its event loop was late by ${Math.round(lag)} ms`;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), answerTimeoutMs);
    try {
      const answer = await Promise.race([ask(), late.promise]);
      if (answer === undefined) return `its health check timed out after ${answerTimeoutMs} ms`;
      return answer.status === 200 ? undefined : `its health check returned ${answer.status}`;
    } catch (error) {
      return `its health check failed: ${errorMessage(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }
}
