import type { Track } from '../../contract/names.ts';
import type { Split } from '../../contract/traffic-fields.ts';
import { lastLatencyBin, latencyBin } from '../../core/analysis/latency-bins.ts';
import {
  openClients,
  type OpenCounts,
  type TrackCounts,
  type TrafficStratum,
} from '../../core/analysis/traffic-counts.ts';
import type { AttemptResult } from '../clients/attempt-result.ts';

const noBins: ReadonlyMap<number, number> = new Map();

/** Counts of a stratum that every request adds to, so that one addition touches little memory. */
export class RunningStratum implements Readonly<Record<Track, RunningCounts>> {
  readonly stable = new RunningCounts();
  readonly canary = new RunningCounts();
  readonly #split: Split;

  constructor(split: Split) {
    this.#split = split;
  }

  /** Returns the counts as they are now. */
  counted(): TrafficStratum {
    const { weight, rolloutId, canaryKey } = this.#split;
    const { stable, canary } = this;
    return { weight, rolloutId, canaryKey, stable: stable.counted(), canary: canary.counted() };
  }
}

/** Counts of one track. */
class RunningCounts {
  readonly clients: OpenCounts['clients'] = openClients();
  #requests = 0;
  #failures = 0;
  #rejections = 0;
  readonly #latency = new Bins();
  readonly #cold = new Bins();
  readonly #abandoned = new Bins();

  /** @param isCold true if the member was in its warm-up. */
  add(result: AttemptResult, durationMs: number, isCold: boolean): void {
    if (result === 'abandoned') {
      this.#abandoned.add(durationMs);
      return;
    }
    (isCold ? this.#cold : this.#latency).add(durationMs);
    this.#requests += 1;
    if (result === 'failed') this.#failures += 1;
    if (result === 'rejected') this.#rejections += 1;
  }

  counted(): TrackCounts {
    return {
      requests: this.#requests,
      failures: this.#failures,
      rejections: this.#rejections,
      latency: this.#latency.counted(),
      cold: this.#cold.counted(),
      abandoned: this.#abandoned.counted(),
      clients: this.clients,
    };
  }
}

/** Latency histogram that grows; see latency-bins.ts. */
class Bins {
  #counts: Uint32Array | undefined;

  add(durationMs: number): void {
    this.#counts ??= new Uint32Array(lastLatencyBin + 1);
    const bin = latencyBin(durationMs);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
  }

  /** Returns the bins that are not empty. */
  counted(): ReadonlyMap<number, number> {
    if (this.#counts === undefined) return noBins;
    const bins = new Map<number, number>();
    for (const [bin, count] of this.#counts.entries()) if (count > 0) bins.set(bin, count);
    return bins;
  }
}
