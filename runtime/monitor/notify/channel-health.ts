import type { SendAttempt } from './retry-stage.ts';

/** Failed attempts in a row after which a channel counts as failing. */
const failingAfter = 3;

/** A channel that fails, and for how long. */
export interface ChannelFailure {
  readonly channel: string;
  /** Attempts in a row that failed. */
  readonly failures: number;
  /** Reason of the last failure; contains no secret. */
  readonly reason: string;
  /** Time of the first failed attempt, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** True if the channel gave a notification up. */
  readonly gaveUp: boolean;
}

/** Health of the channels by this monitor's own attempts in its present term. */
export class ChannelHealth {
  readonly #states = new Map<string, ChannelFailure>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  record({ channel, outcome, number, reason }: SendAttempt): void {
    const now = this.#now();
    if (outcome === 'sent') {
      this.#states.set(channel, { channel, failures: 0, reason: '', sinceMs: now, gaveUp: false });
      return;
    }
    const known = this.#states.get(channel);
    const isFirst = known === undefined || known.failures === 0;
    this.#states.set(channel, {
      channel,
      // The first attempt of a term may continue those of an earlier leader.
      failures: known === undefined ? number : known.failures + 1,
      reason,
      sinceMs: isFirst ? now : known.sinceMs,
      gaveUp: outcome === 'given-up' || known?.gaveUp === true,
    });
  }

  /** Forgets everything: another monitor made the latest attempts. */
  reset(): void {
    this.#states.clear();
  }

  /** Channels that failed three times in a row, or gave a notification up, and have not delivered since. */
  get failing(): ChannelFailure[] {
    return [...this.#states.values()].filter(
      ({ failures, gaveUp }) => failures >= failingAfter || gaveUp,
    );
  }

  /** Channels whose latest attempt delivered. */
  get delivering(): string[] {
    return [...this.#states.values()]
      .filter(({ failures }) => failures === 0)
      .map(({ channel }) => channel);
  }
}
