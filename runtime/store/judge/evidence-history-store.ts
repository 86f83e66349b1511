import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import { evidencePeriodSchema, type EvidencePeriod } from '../../core/analysis/evidence-period.ts';
import { PeriodHistory } from './period-history.ts';
import { trafficHistories } from './traffic-history-store.ts';

/** Lengths of the periods, and the number of newest ones that are kept: an hour, a day and 30 days. */
export const evidenceHistories = {
  buckets: { lengthMs: trafficBucketMs, retained: 360 },
  ...trafficHistories,
} as const;

export type EvidenceHistoryName = keyof typeof evidenceHistories;

export const evidenceHistoryNames = ['buckets', 'minutes', 'hours'] as const;

/**
 * Evidence of the judge over time. A period without a canary on trial has none. One entry has about
 * 120 bytes, so that a service needs about 300 kB.
 */
export class EvidenceHistoryStore {
  readonly #histories: Readonly<Record<EvidenceHistoryName, PeriodHistory<EvidencePeriod>>>;

  constructor(redis: Redis, service: string) {
    const { evidenceBuckets, evidenceMinutes, evidenceHours } = redisKeys(service);
    const of = (name: EvidenceHistoryName, key: string) =>
      new PeriodHistory(redis, {
        key,
        schema: evidencePeriodSchema,
        ...evidenceHistories[name],
        what: "the history of the judge's evidence",
      });
    this.#histories = {
      buckets: of('buckets', evidenceBuckets),
      minutes: of('minutes', evidenceMinutes),
      hours: of('hours', evidenceHours),
    };
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async write(name: EvidenceHistoryName, periods: readonly EvidencePeriod[]): Promise<void> {
    await this.#histories[name].write(periods);
  }

  /**
   * Reads the known periods that start in [fromMs, toMs), oldest first.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(name: EvidenceHistoryName, fromMs: number, toMs: number): Promise<EvidencePeriod[]> {
    return await this.#histories[name].read(fromMs, toMs);
  }
}
