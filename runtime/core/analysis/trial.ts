import { z } from 'zod';
import { trafficBucketMs, type Split } from '../../contract/traffic-fields.ts';
import { canaryKeyOf, canaryVersions, type ReleaseDocument } from '../release/release-document.ts';
import { emptyStatistics, trialStatisticsSchema } from './trial-statistics.ts';

/**
 * Time over which one canary is judged: from its first share of the traffic until it has none, or
 * another canary replaces it. Traffic from before does not count.
 */
export const trialSchema = z.object({
  rolloutId: z.string(),
  /** The versions of the active canary members, sorted. */
  versions: z.array(z.string()),
  startedAt: z.int(),
  /** Null while it lasts. */
  endedAt: z.int().nullable(),
  /** Start of the first bucket that counts. */
  firstBucketMs: z.int(),
  /** A request that takes longer is slow, milliseconds; null until enough stable requests are known. */
  slowAboveMs: z.number().nullable(),
  /** Start of the first bucket that counts for latency. */
  slowFromMs: z.int(),
  /** Requests of stable before the trial; null until they are read. */
  reference: z.object({ requests: z.int(), failures: z.int(), rejections: z.int() }).nullable(),
  /** Start of the first bucket of the step that is judged. */
  safetyFromMs: z.int(),
  /** Start of the first bucket that is not in `settled`. */
  settledToMs: z.int(),
  /** Statistics of the buckets before that; they are not read again. */
  settled: trialStatisticsSchema,
});

export type Trial = z.infer<typeof trialSchema>;

/** The trial of now: the running one, the last one, which has ended, or none yet. */
export function nextTrial(
  previous: Trial | undefined,
  document: ReleaseDocument,
  nowMs: number,
): Trial | undefined {
  if (previous !== undefined && isOnTrial(previous, document)) return previous;
  const ended = previous?.endedAt === null ? { ...previous, endedAt: nowMs } : previous;
  const versions = versionsOnTrial(document);
  if (versions.length === 0) return ended;
  const firstBucketMs = firstBucket(document, versions, ended);
  return {
    rolloutId: document.rolloutId,
    versions,
    startedAt: document.updatedAt,
    endedAt: null,
    firstBucketMs,
    slowAboveMs: null,
    slowFromMs: firstBucketMs,
    reference: null,
    safetyFromMs: firstBucketMs,
    settledToMs: firstBucketMs,
    settled: emptyStatistics,
  };
}

/** True if the trial is running and its canary is the one of the document. */
export function isOnTrial(trial: Trial, document: ReleaseDocument): boolean {
  const versions = versionsOnTrial(document);
  return (
    trial.endedAt === null &&
    versions.length > 0 &&
    trial.rolloutId === document.rolloutId &&
    trial.versions.join() === versions.join()
  );
}

/** Versions of the active canary members, sorted; none while the canary has no traffic. */
function versionsOnTrial(document: ReleaseDocument): string[] {
  return document.weight === 0 ? [] : canaryVersions(document);
}

/**
 * Reports whether the bucket's requests were routed in the trial's rollout with its canary. Release
 * 0.1 did not say so.
 */
export function isOfTrial(
  { rolloutId, canaryKey }: Split,
  trial: Pick<Trial, 'rolloutId' | 'versions'>,
): boolean {
  if (rolloutId === undefined) return true;
  if (rolloutId !== trial.rolloutId) return false;
  return canaryKey === undefined || canaryKey === canaryKeyOf(trial.versions);
}

/**
 * First bucket that counts. Buckets tell canaries apart, so a new one counts from its beginning. A
 * canary that is back in its rollout may have requests of its earlier trial in the same bucket, which
 * then does not count. The earlier end is by the judge's clock and the start by Redis', so either may
 * be the later one.
 */
function firstBucket(
  { updatedAt, rolloutId }: ReleaseDocument,
  versions: readonly string[],
  earlier: Trial | undefined,
): number {
  const own = bucketOf(updatedAt);
  const isBack = earlier?.rolloutId === rolloutId && earlier.versions.join() === versions.join();
  if (!isBack) return own;
  return Math.max(own, bucketOf(earlier.endedAt ?? updatedAt) + trafficBucketMs);
}

/** Start of the bucket that holds `ms`. */
export function bucketOf(ms: number): number {
  return Math.floor(ms / trafficBucketMs) * trafficBucketMs;
}
