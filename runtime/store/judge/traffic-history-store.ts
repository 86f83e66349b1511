import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { trafficPeriodSchema, type TrafficPeriod } from '../../core/analysis/traffic-period.ts';
import { PeriodHistory } from './period-history.ts';

/** Lengths of the periods, and the number of newest ones that are kept: a day, and 30 days. */
export const trafficHistories = {
  minutes: { lengthMs: 60_000, retained: 1_440 },
  hours: { lengthMs: 3_600_000, retained: 720 },
} as const;

export type TrafficHistoryName = keyof typeof trafficHistories;

/**
 * Traffic beyond the life of the counts that the judge needs: by the minute for a day, by the hour for
 * 30 days. One entry has about 300 bytes, so that a service needs less than 1 MB.
 */
export class TrafficHistoryStore extends PeriodHistory<TrafficHistoryName, TrafficPeriod> {
  constructor(redis: Redis, service: string) {
    const { trafficMinutes, trafficHours } = redisKeys(service);
    super(redis, {
      hashes: {
        minutes: { key: trafficMinutes, ...trafficHistories.minutes },
        hours: { key: trafficHours, ...trafficHistories.hours },
      },
      schema: trafficPeriodSchema,
      what: 'the history of the traffic',
    });
  }
}
