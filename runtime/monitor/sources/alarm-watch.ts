import type { Logger } from 'pino';
import type { Reading } from '../../decide/readings.ts';
import type { Action, Rule } from '../../decide/rule.ts';
import type { AlarmSource, AlarmState } from './alarm-source.ts';

export interface WatchedAlarm {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly insufficientDataBreaches: boolean;
}

/**
 * CloudWatch alarms as readings: 1 in ALARM, 0 in OK, no data otherwise. They are asked for on the
 * side, so that a slow CloudWatch keeps nobody waiting.
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

  /** Why the alarms could not be read the last time. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Asks once. Never throws. */
  async refresh(): Promise<void> {
    try {
      this.#states = await this.#source.read();
      this.#trouble = undefined;
    } catch (error) {
      this.#states = new Map();
      this.#trouble = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#logger.warn({ reason: this.#trouble }, 'CloudWatch does not tell of its alarms');
    }
  }

  readings(): Reading[] {
    return this.#names.map((name) => {
      const state = this.#states.get(name);
      const value = state === 'ALARM' ? 1 : state === 'OK' ? 0 : undefined;
      return { metric: 'alarm.state', subject: name, value, about: {} };
    });
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
