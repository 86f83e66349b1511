import { errorMessage } from '../../contract/error-message.ts';

export interface SelfCheckOptions {
  /** Answers as the health check of proxies is answered. */
  readonly ask: () => Promise<Pick<Response, 'status'>>;
  /** The longest that the event loop was late since this was asked last, milliseconds. */
  readonly lagMs: () => number;
  /** How long the answer may take, milliseconds. Default 1,000. */
  readonly answerTimeoutMs?: number;
}

/** A loop that is late by more serves nobody well, milliseconds. */
const longestLagMs = 1_000;
/** One bad moment is none, nor two: so many seconds in a row are. */
const badInARow = 3;

/** How a member finds itself, asked once a second. */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  #bad = 0;

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  /** What has been wrong three times in a row now; then it counts anew. */
  async check(): Promise<string | undefined> {
    const problem = await this.#problem();
    this.#bad = problem === undefined ? 0 : this.#bad + 1;
    if (this.#bad < badInARow) return undefined;
    this.#bad = 0;
    return problem;
  }

  async #problem(): Promise<string | undefined> {
    const { ask, lagMs, answerTimeoutMs = 1_000 } = this.#options;
    const lag = lagMs();
    if (lag > longestLagMs) return `its event loop was late by ${Math.round(lag)} ms`;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), answerTimeoutMs);
    try {
      const answer = await Promise.race([ask(), late.promise]);
      if (answer === undefined) return `its health check was not answered in ${answerTimeoutMs} ms`;
      return answer.status === 200 ? undefined : `its health check answers ${answer.status}`;
    } catch (error) {
      return `its health check failed: ${errorMessage(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }
}
