import type { Logger } from 'pino';
import type { Reading } from '../../core/alerting/readings.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { AlarmSource } from './alarm-source.ts';
import { AlarmWatch } from './alarm-watch.ts';

export interface LeaderAlarmsOptions {
  readonly source: Pick<AlarmSource, 'names' | 'read'>;
  readonly everyMs: number;
  /** True while this monitor is the leader. */
  readonly leads: () => boolean;
  /** Called after each read that missed some or all alarms; returns at once. */
  readonly onFailure: () => void;
  readonly logger: Logger;
}

/**
 * CloudWatch's alarms, read by the leader alone: AWS charges for each read, and nobody else uses
 * them. Each term begins without a state, because an earlier one may be hours old.
 */
export class LeaderAlarms {
  readonly #options: LeaderAlarmsOptions;
  #watch: AlarmWatch;
  #periodic: Periodic | undefined;

  constructor(options: LeaderAlarmsOptions) {
    this.#options = options;
    this.#watch = this.#newWatch();
  }

  /** Starts to read the alarms, periodically and at the beginning of each term. */
  start(): void {
    this.#periodic = new Periodic(() => this.#read(), this.#options.everyMs);
  }

  /** Waits for a running read and ends. */
  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  /** Begins a term of this monitor as the leader: forgets all states and reads them again. */
  beginTerm(): void {
    this.#watch = this.#newWatch();
    this.#periodic?.runNow();
  }

  readings(): Reading[] {
    return this.#watch.readings();
  }

  /**
   * Reason why some or all alarms have no state. There is one from the beginning of a term until the
   * first answer, so that the incident of an earlier leader does not resolve without one.
   */
  get failure(): string | undefined {
    return this.#watch.failure;
  }

  async #read(): Promise<void> {
    const { leads, onFailure } = this.#options;
    if (!leads()) return;
    const watch = this.#watch;
    await watch.refresh();
    if (watch.failure !== undefined) onFailure();
  }

  #newWatch(): AlarmWatch {
    const { source, logger } = this.#options;
    return new AlarmWatch(source, source.names, logger);
  }
}
