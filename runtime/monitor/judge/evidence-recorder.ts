import type { Logger } from 'pino';
import {
  evidencePeriod,
  highestEvidence,
  type EvidencePeriod,
} from '../../core/analysis/evidence-period.ts';
import { periodStart } from '../../core/analysis/traffic-period.ts';
import type { VerdictEvidence } from '../../core/analysis/verdict-evidence.ts';
import {
  evidenceHistories,
  evidenceHistoryNames,
  type EvidenceHistoryName,
  type EvidenceHistoryStore,
} from '../../store/judge/evidence-history-store.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface EvidenceRecorderOptions {
  readonly history: Pick<EvidenceHistoryStore, 'read' | 'write'>;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
  readonly logger: Logger;
}

const bucketMs = evidenceHistories.buckets.lengthMs;
/** Buckets that wait for a Redis that refuses them. */
const mostPending = evidenceHistories.buckets.retained;

/** Keeps the highest evidence of each ten seconds, each minute and each hour in which there was a verdict. */
export class EvidenceRecorder {
  readonly #options: EvidenceRecorderOptions;
  readonly #failures: FailureLog;
  /** Buckets that are not stored yet, by start. */
  #pending = new Map<number, EvidencePeriod>();

  constructor(options: EvidenceRecorderOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, "Redis did not take the judge's evidence");
  }

  /** Takes the evidence of one cycle. */
  add(nowMs: number, evidence: VerdictEvidence): void {
    const startMs = periodStart(nowMs, bucketMs);
    const period = evidencePeriod(startMs, evidence);
    const known = this.#pending.get(startMs);
    this.#pending.set(startMs, known === undefined ? period : highestEvidence(known, period));
    if (this.#pending.size <= mostPending) return;
    const [oldest] = this.#pending.keys();
    if (oldest !== undefined) this.#pending.delete(oldest);
  }

  /** Stores the buckets that are over. Never throws; the next call repeats what failed. */
  async record(): Promise<void> {
    const openMs = periodStart(this.#options.now(), bucketMs);
    const over = [...this.#pending.values()].filter(({ startMs }) => startMs < openMs);
    if (over.length === 0) return;
    try {
      for (const name of evidenceHistoryNames) await this.#store(name, over);
      for (const { startMs } of over) this.#pending.delete(startMs);
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Adds buckets to what is stored of their periods, also by an earlier leader. */
  async #store(name: EvidenceHistoryName, buckets: readonly EvidencePeriod[]): Promise<void> {
    const { history } = this.#options;
    const { lengthMs } = evidenceHistories[name];
    const added = buckets.map((each) => ({
      ...each,
      startMs: periodStart(each.startMs, lengthMs),
    }));
    const starts = added.map(({ startMs }) => startMs);
    const stored = await history.read(name, Math.min(...starts), Math.max(...starts) + 1);
    const merged = new Map<number, EvidencePeriod>();
    for (const period of [...stored, ...added]) {
      const { startMs } = period;
      const known = merged.get(startMs);
      merged.set(startMs, known === undefined ? period : highestEvidence(known, period));
    }
    await history.write(
      name,
      [...merged.values()].sort((a, b) => a.startMs - b.startMs),
    );
  }
}
