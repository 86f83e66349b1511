import type { RoutedMember } from './routed-member.ts';

export interface HealthChecksOptions {
  /** Asks a member once; never throws. */
  probe(member: RoutedMember, stop: AbortSignal): Promise<boolean>;
  /** Takes a probe's result. */
  onResult(member: RoutedMember, passed: boolean): void;
  /** From one probe of a member to the next, milliseconds. Default 1,000. */
  readonly intervalMs?: number;
  /** The same while a member is in doubt: its last probe, or a request, spoke against its state. Default 200. */
  readonly doubtIntervalMs?: number;
}

/** Probes every watched member at a steady interval, and sooner when there is reason to doubt it. */
export class HealthChecks {
  readonly #options: Required<HealthChecksOptions>;
  readonly #rounds = new Map<RoutedMember, ProbeRound>();

  constructor(options: HealthChecksOptions) {
    this.#options = { intervalMs: 1_000, doubtIntervalMs: 200, ...options };
  }

  /** From now on probes exactly these members. */
  watch(members: readonly RoutedMember[]): void {
    const expecting = new Set(members);
    for (const [member, round] of this.#rounds) {
      if (expecting.has(member)) continue;
      round.stop();
      this.#rounds.delete(member);
    }
    for (const member of expecting) {
      if (!this.#rounds.has(member))
        this.#rounds.set(member, new ProbeRound(member, this.#options));
    }
  }

  /** A request to the member failed: probes it at once, unless that is being done. */
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
    // Not all members in the same millisecond.
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
    const passed = await this.#options.probe(this.#member, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    this.#options.onResult(this.#member, passed);
    this.#endedAt = performance.now();
    const { intervalMs, doubtIntervalMs } = this.#options;
    const everyMs = this.#member.activeHealth.inDoubt ? doubtIntervalMs : intervalMs;
    this.#schedule(Math.max(0, startedAt + everyMs - this.#endedAt));
  }
}
