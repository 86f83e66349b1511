import type { Logger } from 'pino';
import type { Reading } from '../../core/alerting/readings.ts';
import type { Action, Rule } from '../../core/alerting/rule.ts';
import type { AlarmSource, AlarmState } from './alarm-source.ts';

export interface WatchedAlarm {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly insufficientDataBreaches: boolean;
}

/**
 * CloudWatch alarms as readings: 1 in ALARM, 0 in OK, no data in INSUFFICIENT_DATA. An alarm of
 * which CloudWatch said nothing has no reading at all: a call that failed is no alarm's state. They
 * are asked for on the side, so that a slow CloudWatch keeps nobody waiting.
 */
export class AlarmWatch {
  readonly #source: Pick<AlarmSource, 'read'>;
  readonly #names: readonly string[];
  readonly #logger: Logger;
  #states: ReadonlyMap<string, AlarmState> = new Map();
  #trouble: string | undefined;

  constructor(source: Pick<AlarmSource, 'read'>, names: readonly string[], logger: Logger) {
    this.#source = source;
    this.#names = names;
    this.#logger = logger;
  }

  /** Why some or all of the alarms could not be read the last time. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Asks once. Never throws. */
  async refresh(): Promise<void> {
    try {
      this.#states = await this.#source.read();
      const missing = this.#names.filter((name) => !this.#states.has(name));
      this.#note(missing.length === 0 ? undefined : `there is no alarm ${missing.join(', ')}`);
    } catch (error) {
      this.#states = new Map();
      this.#note(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  }

  readings(): Reading[] {
    return [...this.#states].map(([name, state]) => {
      const value = state === 'ALARM' ? 1 : state === 'OK' ? 0 : undefined;
      return { metric: 'alarm.state', subject: name, value, about: {} };
    });
  }

  #note(trouble: string | undefined): void {
    if (trouble !== undefined && trouble !== this.#trouble) {
      this.#logger.warn({ reason: trouble }, 'CloudWatch does not tell of its alarms');
    }
    this.#trouble = trouble;
  }
}

/** The rule of one alarm; CloudWatch has judged the threshold and the time already. */
export function alarmRule({ name, actions, insufficientDataBreaches }: WatchedAlarm): Rule {
  return {
    id: `alarm-${name}`,
    metric: 'alarm.state',
    subject: name,
    comparison: 'above',
    threshold: 0,
    clearAt: 0,
    forMs: 0,
    noData: insufficientDataBreaches ? 'breach' : 'ignore',
    actions,
  };
}
