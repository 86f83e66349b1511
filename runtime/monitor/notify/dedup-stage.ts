import type { MessageAttempt, Outbox, OutboxEntry } from '../../store/incidents/outbox.ts';

/**
 * Lets each message through once per attempt (Alertmanager's DedupStage). Redis knows who claimed
 * an entry and when; this process knows what it sent but could not acknowledge yet.
 */
export class DedupStage {
  readonly #outbox: Pick<Outbox, 'claim' | 'settle' | 'finish'>;
  readonly #unacknowledged = new Set<string>();

  constructor(outbox: Pick<Outbox, 'claim' | 'settle' | 'finish'>) {
    this.#outbox = outbox;
  }

  /** Reports whether this process is done with the entry and Redis does not know yet. */
  isDone({ id }: OutboxEntry): boolean {
    return this.#unacknowledged.has(id);
  }

  /**
   * Claims a message for its next attempt.
   * @returns false if another monitor claimed it first.
   */
  async claim(message: MessageAttempt): Promise<boolean> {
    return await this.#outbox.claim(message);
  }

  /** Records that the attempt delivered nothing for certain. */
  async settle(message: MessageAttempt): Promise<void> {
    await this.#outbox.settle(message);
  }

  /** Finishes entries, now or, if Redis does not respond, with the next call. */
  async finish(entries: readonly OutboxEntry[]): Promise<void> {
    for (const { id } of entries) this.#unacknowledged.add(id);
    await this.#outbox.finish(entries);
    for (const { id } of entries) this.#unacknowledged.delete(id);
  }
}
