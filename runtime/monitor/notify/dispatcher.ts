import type { EventLog } from '../../store/incidents/event-log.ts';
import type { Outbox } from '../../store/incidents/outbox.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { ChannelHealth } from './channel-health.ts';
import { groupSummary } from './group-text.ts';
import { NotificationPipeline, type PipelineOptions } from './notification-pipeline.ts';
import type { SendAttempt } from './retry-stage.ts';

export interface DispatcherOptions extends Omit<PipelineOptions, 'outbox'> {
  readonly outbox: Outbox;
  readonly events: Pick<EventLog, 'append'>;
  /** Name of this monitor, for the events. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Starts rounds of the pipeline while this monitor leads. */
export class Dispatcher {
  readonly health: ChannelHealth;
  readonly #options: DispatcherOptions;
  readonly #pipeline: NotificationPipeline;
  readonly #failures: FailureLog;
  readonly #rounds = new Set<Promise<void>>();
  /** Attempts that the event log does not hold yet. */
  #unlogged: SendAttempt[] = [];
  #isOpen = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.health = new ChannelHealth(options.now);
    this.#pipeline = new NotificationPipeline({
      ...options,
      onAttempt: (attempt) => this.#attempted(attempt),
    });
    this.#failures = new FailureLog(options.logger, 'Redis did not hand out notifications');
  }

  /** Channel -> notifications that wait for it. */
  get pending(): ReadonlyMap<string, number> {
    return this.#pipeline.pending;
  }

  /** Starts a round and does not wait for it: a slow channel delays no decision. */
  startRound(): void {
    if (!this.#options.leads()) return;
    const round = this.#round().finally(() => this.#rounds.delete(round));
    this.#rounds.add(round);
  }

  /** Settles once no round runs. */
  async settled(): Promise<void> {
    await Promise.all(this.#rounds);
  }

  #attempted(attempt: SendAttempt): void {
    this.health.record(attempt);
    if (attempt.outcome === 'given-up' || attempt.outcome === 'unconfirmed') {
      this.#unlogged.push(attempt);
    }
    this.#options.onAttempt?.(attempt);
  }

  async #round(): Promise<void> {
    try {
      if (!this.#isOpen) await this.#options.outbox.open();
      this.#isOpen = true;
      await this.#pipeline.round();
      for (const attempt of this.#unlogged.splice(0)) await this.#log(attempt);
      this.#failures.ended();
    } catch (error) {
      // Redis may have restarted without its data, and then has no consumer group.
      this.#isOpen = false;
      this.#failures.failed(error);
    }
  }

  async #log({ channel, outcome, number, reason, notifications }: SendAttempt): Promise<void> {
    const [{ details }, ...others] = notifications;
    const what = others.length === 0 ? `"${details.summary}"` : groupSummary(notifications);
    const text =
      outcome === 'given-up'
        ? `${channel} did not deliver ${what}, given up after ${attemptsText(number)}: ${reason}`
        : `${channel} may have delivered ${what}: it did not answer, and is not tried again: ${reason}`;
    const incidents = notifications.map(({ incidentId, transition }) => [incidentId, transition]);
    await this.#options.events.append({
      type: `notification-${outcome}`,
      text,
      by: this.#options.by,
      detail: JSON.stringify({ channel, attempts: number, incidents }),
    });
  }
}

function attemptsText(count: number): string {
  return count === 1 ? '1 attempt' : `${count} attempts`;
}
