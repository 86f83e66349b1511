import type { UpstreamFault } from '../http/contract/handler.ts';
import type { AttemptResult } from '../clients/attempt-result.ts';
import type { MemberCounts } from '../../core/analysis/member-counts.ts';
import { LatencyCounts } from './latency-counts.ts';
import { RecentLatency } from './recent-latency.ts';

/**
 * Counts of one member since this process started, and its latest latencies, for `/metrics` and the
 * proxy's reports. Plain numbers, because every request adds to them, and they are read once a second at
 * most.
 */
export class MemberStats {
  /** Answers by status class: index 1 for 1xx (an accepted upgrade) to 5 for 5xx. */
  readonly answers = [0, 0, 0, 0, 0, 0];
  readonly latency = new LatencyCounts();
  readonly recentLatency = new RecentLatency();
  readonly #faults: Record<UpstreamFault, number> = {
    connect: 0,
    reset: 0,
    stale: 0,
    timeout: 0,
    malformed: 0,
  };
  #clientAborts = 0;
  #abandonments = 0;
  #calledFailures = 0;
  #ejections = 0;
  #compared = { requests: 0, failures: 0 };

  /** Attempts that can be compared with those of other members. */
  get compared(): MemberCounts {
    return this.#compared;
  }

  /** Attempts that ended before the member had answered completely, by fault. */
  get faults(): Readonly<Record<UpstreamFault, number>> {
    return this.#faults;
  }

  /** Attempts that ended by the client's own fault. */
  get clientAborts(): number {
    return this.#clientAborts;
  }

  /** Attempts that the client gave up while it waited for the member. */
  get abandonments(): number {
    return this.#abandonments;
  }

  /** Answers that the application itself called failures. */
  get calledFailures(): number {
    return this.#calledFailures;
  }

  /** Outlier ejections of the member. */
  get ejections(): number {
    return this.#ejections;
  }

  answered(status: number, durationMs: number): void {
    const statusClass = Math.trunc(status / 100);
    this.answers[statusClass] = (this.answers[statusClass] ?? 0) + 1;
    this.latency.add(durationMs);
    this.recentLatency.add(durationMs);
  }

  faulted(fault: UpstreamFault): void {
    this.#faults[fault] += 1;
  }

  clientAborted(): void {
    this.#clientAborts += 1;
  }

  abandoned(): void {
    this.#abandonments += 1;
  }

  calledFailure(): void {
    this.#calledFailures += 1;
  }

  /** Counts an attempt for which chance chose the member. */
  compare(result: AttemptResult): void {
    if (result !== 'abandoned') this.#compared.requests += 1;
    if (result === 'failed') this.#compared.failures += 1;
  }

  ejected(): void {
    this.#ejections += 1;
  }
}
