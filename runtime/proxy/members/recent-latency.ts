import { lastLatencyBin, latencyBin } from '../../core/analysis/latency-bins.ts';
import { latencyRun, type LatencyRun } from '../../core/analysis/member-latency.ts';

/** Time that the reported latencies cover, milliseconds, and how often its beginning moves. */
const windowMs = 60_000;
const stepMs = 10_000;

interface Snapshot {
  readonly atMs: number;
  readonly counts: Uint32Array;
}

/**
 * Latencies of a member's answers in the last 50 to 60 seconds. Adding is one increment, because every
 * request adds; what leaves the window is known by snapshots, which reading takes.
 */
export class RecentLatency {
  readonly #counts = new Uint32Array(lastLatencyBin + 1);
  /** Oldest first: the counts from which the window begins. */
  #snapshots: readonly Snapshot[] = [];

  add(durationMs: number): void {
    const bin = latencyBin(durationMs);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
  }

  /**
   * Returns the answers of the window, and moves its beginning. To be called every few seconds.
   * @param nowMs of a clock that never goes back.
   */
  read(nowMs: number): LatencyRun {
    const since = this.#snapshots.findLastIndex(({ atMs }) => nowMs - atMs >= windowMs - stepMs);
    this.#snapshots = this.#snapshots.slice(Math.max(0, since));
    const [begin] = this.#snapshots;
    const run = latencyRun(this.#counts.map((count, bin) => count - (begin?.counts[bin] ?? 0)));
    const isDue = nowMs - (this.#snapshots.at(-1)?.atMs ?? -Infinity) >= stepMs;
    // The first window begins with the member: nothing was answered before.
    const counts = begin === undefined ? new Uint32Array(lastLatencyBin + 1) : this.#counts.slice();
    if (isDue) this.#snapshots = [...this.#snapshots, { atMs: nowMs, counts }];
    return run;
  }
}
