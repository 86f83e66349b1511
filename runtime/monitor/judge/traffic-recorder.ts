import type { Logger } from 'pino';
import { trafficTtlSeconds } from '../../contract/traffic-fields.ts';
import {
  emptyPeriod,
  periodStart,
  trafficPeriods,
  type TrafficPeriod,
} from '../../core/analysis/traffic-period.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import {
  trafficHistories,
  type TrafficHistoryName,
  type TrafficHistoryStore,
} from '../../store/judge/traffic-history-store.ts';
import type { TrafficStore } from '../../store/judge/traffic-store.ts';

export interface TrafficRecorderOptions {
  readonly traffic: Pick<TrafficStore, 'read'>;
  readonly history: Pick<TrafficHistoryStore, 'read' | 'write'>;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Time after which counts no longer grow, milliseconds: a proxy repeats what Redis refused. */
const settledMs = 60_000;
/** Age up to which all counts of a period are still there, milliseconds. */
const reachMs = 1_000 * trafficTtlSeconds - settledMs;

/**
 * Keeps the traffic for longer than the counts of ten seconds live: the leader sums each minute and each
 * hour once it has settled. After a pause it catches up with what Redis still has.
 */
export class TrafficRecorder {
  readonly #options: TrafficRecorderOptions;
  readonly #failures: FailureLog;
  /** Time since which a period without counts is one without requests; before, nobody looked. */
  readonly #watchedFromMs: number;
  /** Start of the first period that may not be stored yet. */
  readonly #nextMs: Record<TrafficHistoryName, number> = { minutes: 0, hours: 0 };

  constructor(options: TrafficRecorderOptions) {
    this.#options = options;
    this.#watchedFromMs = options.now();
    this.#failures = new FailureLog(
      options.logger,
      'Redis did not take the history of the traffic',
    );
  }

  /** Stores the periods that have settled since the last call. Never throws; the next call repeats it. */
  async record(): Promise<void> {
    try {
      await this.#recordAll('minutes');
      await this.#recordAll('hours');
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #recordAll(name: TrafficHistoryName): Promise<void> {
    const { traffic, history, now } = this.#options;
    const { lengthMs } = trafficHistories[name];
    const nowMs = now();
    const endMs = periodStart(nowMs - settledMs, lengthMs);
    const reached = periodStart(nowMs - reachMs, lengthMs) + lengthMs;
    const fromMs = Math.max(this.#nextMs[name], reached);
    if (fromMs >= endMs) return;
    const known = await history.read(name, fromMs, endMs);
    const firstMs = firstMissing(known, fromMs, lengthMs);
    if (firstMs < endMs) {
      const found = trafficPeriods(await traffic.read(firstMs, endMs), lengthMs);
      await history.write(name, this.#withEmpty(found, firstMs, { endMs, lengthMs }));
    }
    this.#nextMs[name] = endMs;
  }

  /** Adds the periods without requests that were watched from their start. */
  #withEmpty(
    found: readonly TrafficPeriod[],
    firstMs: number,
    { endMs, lengthMs }: { readonly endMs: number; readonly lengthMs: number },
  ): TrafficPeriod[] {
    const byStart = new Map(found.map((period) => [period.startMs, period]));
    const periods: TrafficPeriod[] = [];
    for (let startMs = firstMs; startMs < endMs; startMs += lengthMs) {
      const period = byStart.get(startMs);
      if (period !== undefined) periods.push(period);
      else if (startMs >= this.#watchedFromMs) periods.push(emptyPeriod(startMs));
    }
    return periods;
  }
}

function firstMissing(known: readonly TrafficPeriod[], fromMs: number, lengthMs: number): number {
  const starts = new Set(known.map(({ startMs }) => startMs));
  let startMs = fromMs;
  while (starts.has(startMs)) startMs += lengthMs;
  return startMs;
}
