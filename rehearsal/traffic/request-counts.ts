import { createHistogram } from 'node:perf_hooks';
import type { Track } from '../../runtime/contract/names.ts';
import type { Answer } from './send-request.ts';

const slowestMicroseconds = 120_000_000;

/** Counts of requests by outcome, track, member and latency. */
export class RequestCounts {
  readonly #latency = createHistogram({ lowest: 1, highest: slowestMicroseconds, figures: 2 });
  readonly #failures = new Map<string, number>();
  readonly #tracks = { stable: 0, canary: 0 };
  readonly #failedByTrack = { stable: 0, canary: 0 };
  readonly #members = new Map<string, number>();
  #total = 0;
  #failed = 0;

  add({ durationMs, track, member, failure }: Answer): void {
    this.#total += 1;
    this.#latency.record(
      Math.min(Math.max(1, Math.round(durationMs * 1_000)), slowestMicroseconds),
    );
    if (track !== undefined) this.#tracks[track] += 1;
    if (member !== undefined) increase(this.#members, member);
    if (failure === undefined) return;
    this.#failed += 1;
    if (track !== undefined) this.#failedByTrack[track] += 1;
    increase(this.#failures, failure);
  }

  get total(): number {
    return this.#total;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Number of requests that the track answered. */
  answeredBy(track: Track): number {
    return this.#tracks[track];
  }

  /** Number of failed requests that the track answered. */
  failedBy(track: Track): number {
    return this.#failedByTrack[track];
  }

  /** Member id -> number of requests that it answered. */
  get members(): ReadonlyMap<string, number> {
    return this.#members;
  }

  /** Cause -> number of requests that failed by it. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** Time from when a request was due to its last byte, milliseconds; undefined without requests. */
  latencyMs(percentile: number): number | undefined {
    return this.#total === 0 ? undefined : this.#latency.percentile(percentile) / 1_000;
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
