import { z } from 'zod';
import type { Track } from '../../contract/names.ts';
import { excluded } from '../../contract/traffic-fields.ts';
import { quantileMs } from './latency-bins.ts';
import { addedBins, sumCounts, type TrackCounts, type TrafficBucket } from './traffic-counts.ts';

const count = z.int().min(0);
const latency = z.number().min(0).nullable();

const trackPeriodSchema = z.object({
  requests: count,
  failures: count,
  rejections: count,
  /** Latency of all answered requests, also of members in their warm-up; null without any. */
  p50Ms: latency,
  p95Ms: latency,
  p99Ms: latency,
});

/** Traffic of both tracks in a minute, an hour or a bucket, small enough to be kept for long. */
export const trafficPeriodSchema = z.object({
  /** Milliseconds since the epoch. */
  startMs: z.int().min(0),
  /** The canary's part of the requests that the split routed, percent; null without any. */
  sharePercent: z.number().min(0).max(100).nullable(),
  stable: trackPeriodSchema,
  canary: trackPeriodSchema,
});

export type TrafficPeriod = z.infer<typeof trafficPeriodSchema>;

/** Sums buckets to periods of `lengthMs`, by start. Periods without a bucket are absent. */
export function trafficPeriods(
  buckets: readonly TrafficBucket[],
  lengthMs: number,
): TrafficPeriod[] {
  const byStart = Map.groupBy(buckets, ({ startMs }) => periodStart(startMs, lengthMs));
  return [...byStart]
    .sort(([a], [b]) => a - b)
    .map(([startMs, strata]) => periodOf(startMs, strata));
}

/** A period in which nobody made a request. */
export function emptyPeriod(startMs: number): TrafficPeriod {
  return periodOf(startMs, []);
}

/** Start of the period of `lengthMs` that contains a time, milliseconds since the epoch. */
export function periodStart(atMs: number, lengthMs: number): number {
  return Math.floor(atMs / lengthMs) * lengthMs;
}

function periodOf(startMs: number, strata: readonly TrafficBucket[]): TrafficPeriod {
  const split = strata.filter(({ weight }) => weight !== excluded);
  const [stable, canary] = [requestsOf(split, 'stable'), requestsOf(split, 'canary')];
  return {
    startMs,
    sharePercent: stable + canary === 0 ? null : rounded((100 * canary) / (stable + canary)),
    stable: trackPeriod(sumOf(strata, 'stable')),
    canary: trackPeriod(sumOf(strata, 'canary')),
  };
}

function requestsOf(strata: readonly TrafficBucket[], track: Track): number {
  return sumOf(strata, track).requests;
}

function sumOf(strata: readonly TrafficBucket[], track: Track): TrackCounts {
  return sumCounts(strata.map((bucket) => bucket[track]));
}

function trackPeriod({ requests, failures, rejections, latency, cold }: TrackCounts) {
  const bins = addedBins(latency, cold);
  const quantile = (q: number) => {
    const ms = quantileMs(bins, q);
    return ms === undefined ? null : rounded(ms);
  };
  return {
    requests,
    failures,
    rejections,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
  };
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100;
}
