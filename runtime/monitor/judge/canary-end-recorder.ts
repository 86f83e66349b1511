import type { Logger } from 'pino';
import { canaryEnd, isAboutEnd } from '../../core/release/canary-end.ts';
import type { EventLog } from '../../store/incidents/event-log.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import type { ReleaseHistoryStore } from '../../store/release/release-history-store.ts';

export interface CanaryEndRecorderOptions {
  readonly events: Pick<EventLog, 'last' | 'after'>;
  readonly history: Pick<ReleaseHistoryStore, 'list' | 'append'>;
  readonly logger: Logger;
}

/** Events that a leader reads when its term begins. */
const mostEvents = 2_000;

/**
 * Keeps the end of each canary, with the numbers that it was judged by, in the record of its release:
 * events are trimmed long before the history is.
 */
export class CanaryEndRecorder {
  readonly #options: CanaryEndRecorderOptions;
  readonly #failures: FailureLog;
  /** Id of the newest event that was looked at. */
  #newest: string | undefined;

  constructor(options: CanaryEndRecorderOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'Redis did not record how a canary ended');
  }

  /** Records what the events say that no record has yet. Never throws; the next call repeats what failed. */
  async record(): Promise<void> {
    try {
      await this.#record();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #record(): Promise<void> {
    const { events, history } = this.#options;
    const fresh =
      this.#newest === undefined
        ? await events.last(mostEvents)
        : (await events.after(this.#newest)).events;
    if (fresh.some(isAboutEnd)) {
      const records = await history.list();
      for (const record of records) {
        const ended = canaryEnd(record, records, fresh);
        if (ended === undefined || ended?.event === record.ended?.event) continue;
        const { id: release, stack, track } = record;
        await history.append({ release, stack, track, ended });
      }
    }
    this.#newest = fresh.at(-1)?.id ?? this.#newest;
  }
}
