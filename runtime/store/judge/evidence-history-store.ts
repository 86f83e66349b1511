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
export class EvidenceHistoryStore extends PeriodHistory<EvidenceHistoryName, EvidencePeriod> {
  constructor(redis: Redis, service: string) {
    const { evidenceBuckets, evidenceMinutes, evidenceHours } = redisKeys(service);
    super(redis, {
      hashes: {
        buckets: { key: evidenceBuckets, ...evidenceHistories.buckets },
        minutes: { key: evidenceMinutes, ...evidenceHistories.minutes },
        hours: { key: evidenceHours, ...evidenceHistories.hours },
      },
      schema: evidencePeriodSchema,
      what: "the history of the judge's evidence",
    });
  }
}
