import { retryDelayMs } from '../../core/alerting/retry-delay.ts';
import type { Outbox, OutboxEntry } from '../../store/incidents/outbox.ts';
import { sendTimeoutMs } from './channel.ts';

/** Time after which an attempt of another monitor is over for certain, milliseconds. */
const foreignAttemptMs = sendTimeoutMs + 5_000;

/**
 * Lets each notification through once per attempt (Alertmanager's DedupStage). Redis knows who
 * claimed an entry and when; this process knows what it sent but could not acknowledge yet.
 */
export class DedupStage {
  readonly #outbox: Pick<Outbox, 'consumer' | 'take'>;
  readonly #unacknowledged = new Set<string>();

  constructor(outbox: Pick<Outbox, 'consumer' | 'take'>) {
    this.#outbox = outbox;
  }

  /** Reports whether this process sent the entry and Redis does not know yet. */
  isSent({ id }: OutboxEntry): boolean {
    return this.#unacknowledged.has(id);
  }

  markSent({ id }: OutboxEntry): void {
    this.#unacknowledged.add(id);
  }

  /** Forgets an entry that Redis knows to be finished. */
  acknowledged({ id }: OutboxEntry): void {
    this.#unacknowledged.delete(id);
  }

  /**
   * Claims an entry for its next attempt.
   * @returns false while the attempt is not due, or if another monitor claimed it first.
   */
  async claim(entry: OutboxEntry): Promise<boolean> {
    if (entry.fresh) return true;
    const delayMs = retryDelayMs(entry.attempts, entry.id);
    const isOwn = entry.consumer === this.#outbox.consumer;
    const waitMs = isOwn ? delayMs : Math.max(delayMs, foreignAttemptMs);
    return entry.idleMs >= waitMs && (await this.#outbox.take(entry, waitMs));
  }
}
