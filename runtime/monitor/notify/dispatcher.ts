import type { Outbox } from '../../store/incidents/outbox.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import type { ChannelEvent } from './channel.ts';
import { NotificationPipeline, type PipelineOptions } from './notification-pipeline.ts';

export interface DispatcherOptions extends Omit<PipelineOptions, 'outbox'> {
  readonly outbox: Outbox;
}

/** Starts rounds of the pipeline while this monitor leads. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #pipeline: NotificationPipeline;
  readonly #failures: FailureLog;
  readonly #rounds = new Set<Promise<void>>();
  #events: ChannelEvent[] = [];
  #isOpen = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#pipeline = new NotificationPipeline(options);
    this.#failures = new FailureLog(options.logger, 'Redis did not hand out notifications');
  }

  /** Channel -> notifications that wait for it. */
  get pending(): ReadonlyMap<string, number> {
    return this.#pipeline.pending;
  }

  /** Events of the channels since the last call. */
  takeChannelEvents(): ChannelEvent[] {
    return this.#events.splice(0);
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

  async #round(): Promise<void> {
    try {
      if (!this.#isOpen) await this.#options.outbox.open();
      this.#isOpen = true;
      this.#events.push(...(await this.#pipeline.round()));
      this.#failures.ended();
    } catch (error) {
      // Redis may have restarted without its data, and then has no consumer group.
      this.#isOpen = false;
      this.#failures.failed(error);
    }
  }
}
