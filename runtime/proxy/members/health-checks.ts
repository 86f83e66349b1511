import type { ProbeResult } from './probe.ts';
import type { RoutedMember } from './routed-member.ts';

export interface HealthChecksOptions {
  /** Probes a member once; never throws. */
  probe(member: RoutedMember, stop: AbortSignal): Promise<ProbeResult>;
  /** Takes a probe's result. */
  onResult(member: RoutedMember, result: ProbeResult): void;
  /** Interval between the probes of one member, milliseconds. Default 1,000. */
  readonly intervalMs?: number;
  /**
   * Interval while a member is in doubt, milliseconds: its last probe, or a request, contradicted
   * its state. Default 200.
   */
  readonly doubtIntervalMs?: number;
}

/** Probes every watched member at a steady interval, and sooner while its health is in doubt. */
export class HealthChecks {
  readonly #options: Required<HealthChecksOptions>;
  readonly #rounds = new Map<RoutedMember, ProbeRound>();

  constructor(options: HealthChecksOptions) {
    this.#options = { intervalMs: 1_000, doubtIntervalMs: 200, ...options };
  }

  /** Probes exactly these members from now on. */
  watch(members: readonly RoutedMember[]): void {
    const watched = new Set(members);
    for (const [member, round] of this.#rounds) {
      if (watched.has(member)) continue;
      round.stop();
      this.#rounds.delete(member);
    }
    for (const member of watched) {
      if (!this.#rounds.has(member))
        this.#rounds.set(member, new ProbeRound(member, this.#options));
    }
  }

  /** Probes a member at once after a failed request, unless a probe is running. */
  doubt(member: RoutedMember): void {
    this.#rounds.get(member)?.hasten();
  }

  stop(): void {
    this.watch([]);
  }
}

/** The probes of one member, one after the other. */
class ProbeRound {
  readonly #member: RoutedMember;
  readonly #options: Required<HealthChecksOptions>;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(member: RoutedMember, options: Required<HealthChecksOptions>) {
    this.#member = member;
    this.#options = options;
    // Spreads the members' first probes.
    this.#schedule(Math.random() * options.doubtIntervalMs);
  }

  hasten(): void {
    const isProbing = this.#timer === undefined;
    if (isProbing || this.#stop.signal.aborted) return;
    const sinceMs = performance.now() - this.#endedAt;
    this.#schedule(Math.max(0, this.#options.doubtIntervalMs - sinceMs));
  }

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), delayMs);
  }

  async #probe(): Promise<void> {
    this.#timer = undefined;
    const startedAt = performance.now();
    const result = await this.#options.probe(this.#member, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    this.#options.onResult(this.#member, result);
    this.#endedAt = performance.now();
    const { intervalMs, doubtIntervalMs } = this.#options;
    const everyMs = this.#member.inDoubt ? doubtIntervalMs : intervalMs;
    this.#schedule(Math.max(0, startedAt + everyMs - this.#endedAt));
  }
}
