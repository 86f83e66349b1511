import type { Logger } from 'pino';
import type { Outbox } from '../../store/incidents/outbox.ts';
import type { ChannelEvent } from './channel.ts';
import { Deliverer, type DelivererOptions } from './deliverer.ts';

export interface DeliveryOptions extends Omit<DelivererOptions, 'outbox'> {
  readonly outbox: Outbox;
  readonly logger: Logger;
}

/** Rounds of the deliverer, one after the other and beside each other: no slow channel keeps any waiting. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #deliverer: Deliverer;
  readonly #rounds = new Set<Promise<void>>();
  #events: ChannelEvent[] = [];
  #isOpen = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#deliverer = new Deliverer(options);
  }

  /** Channel -> notices that wait for it. */
  get pending(): ReadonlyMap<string, number> {
    return this.#deliverer.pending;
  }

  /** What became known of the channels since it was asked last. */
  takeChannelEvents(): ChannelEvent[] {
    return this.#events.splice(0);
  }

  /** Only the leader delivers, beside its judging: a slow channel keeps no decision waiting. */
  begin(): void {
    if (!this.#options.leads()) return;
    const round = this.#round().finally(() => this.#rounds.delete(round));
    this.#rounds.add(round);
  }

  /** When nothing is being delivered any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#rounds);
  }

  async #round(): Promise<void> {
    const { outbox, logger } = this.#options;
    try {
      if (!this.#isOpen) await outbox.open();
      this.#isOpen = true;
      this.#events.push(...(await this.#deliverer.round()));
    } catch (error) {
      // Redis may be new, and then knows of no group.
      this.#isOpen = false;
      logger.warn({ err: error }, 'cannot deliver notices');
    }
  }
}
