import type { Logger } from 'pino';
import type { Reading } from '../../core/alerting/readings.ts';
import type { Action, Rule } from '../../core/alerting/rule.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { awsErrorReason } from './aws-error-reason.ts';
import type { AlarmSource, AlarmState } from './alarm-source.ts';

export interface WatchedAlarm {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly insufficientDataBreaches: boolean;
}

/**
 * CloudWatch alarms as readings: 1 in ALARM, 0 in OK, no value in INSUFFICIENT_DATA. An alarm that
 * CloudWatch did not report has no reading, because a failed call says nothing about the alarm. The
 * refresh runs beside the judge's cycle, so that a slow CloudWatch delays no decision.
 */
export class AlarmWatch {
  readonly #source: Pick<AlarmSource, 'read'>;
  readonly #names: readonly string[];
  readonly #failures: FailureLog;
  #states: ReadonlyMap<string, AlarmState> = new Map();
  #hasRead = false;

  constructor(source: Pick<AlarmSource, 'read'>, names: readonly string[], logger: Logger) {
    this.#source = source;
    this.#names = names;
    this.#failures = new FailureLog(logger, 'CloudWatch did not report the alarms');
  }

  /** Reason why some or all alarms have no state; undefined if the last refresh missed none. */
  get failure(): string | undefined {
    return this.#hasRead ? this.#failures.reason : 'it has not responded yet';
  }

  /** Reads all alarms once. Never throws. */
  async refresh(): Promise<void> {
    try {
      this.#states = await this.#source.read();
      const missing = this.#names.filter((name) => !this.#states.has(name));
      if (missing.length === 0) this.#failures.ended();
      else this.#failures.failed(`there is no alarm ${missing.join(', ')}`);
    } catch (error) {
      this.#states = new Map();
      this.#failures.failed(awsErrorReason(error));
    }
    this.#hasRead = true;
  }

  readings(): Reading[] {
    return [...this.#states].map(([name, state]) => {
      const value = state === 'ALARM' ? 1 : state === 'OK' ? 0 : undefined;
      return { metric: 'alarm.state', subject: name, value, about: {} };
    });
  }
}

/** Rule of one alarm; CloudWatch has already applied the threshold and the duration. */
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
