import type { Logger } from 'pino';
import type { EventLog } from '../../store/incidents/event-log.ts';
import type { Withheld } from '../../store/release/proxy-reports.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface FindingLogOptions {
  readonly events: Pick<EventLog, 'append'>;
  /** Name of the proxy. */
  readonly by: string;
  readonly logger: Logger;
}

/** Events of the harm that a proxy found on its own, kept until Redis takes them. */
export class FindingLog {
  readonly #options: FindingLogOptions;
  readonly #failures: FailureLog;
  #finding: Withheld | undefined;

  constructor(options: FindingLogOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'Redis refused the event of a harmful canary');
  }

  /** Takes a change of what is withheld. Only the newest finding is kept. */
  add(withheld: Withheld | undefined): void {
    if (withheld?.reason === 'harmful') this.#finding = withheld;
  }

  /** Records what is kept. Never throws. */
  async record(): Promise<void> {
    const finding = this.#finding;
    if (finding === undefined) return;
    const { events, by } = this.#options;
    const since = new Date(finding.sinceMs).toISOString();
    const text = `from ${since} stable got the canary's share here, because no judge could act: ${finding.evidence}`;
    try {
      await events.append({ type: 'canary-withheld', text, by });
      this.#failures.ended();
      if (this.#finding === finding) this.#finding = undefined;
    } catch (error) {
      this.#failures.failed(error);
    }
  }
}
