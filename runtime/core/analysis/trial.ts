import { z } from 'zod';
import { trafficBucketMs } from '../../contract/traffic-fields.ts';
import type { ReleaseDocument } from '../release/release-document.ts';
import { emptyStatistics, trialStatisticsSchema } from './trial-statistics.ts';
import { activeCanaries } from '../release/release-document.ts';

/**
 * The stretch of time over which one canary is judged: from its first share of the traffic until
 * it has none, or is another one. What came before says nothing of it.
 */
export const trialSchema = z.object({
  rolloutId: z.string(),
  /** The versions of the active canary members, sorted. */
  versions: z.array(z.string()),
  startedAt: z.int(),
  /** Null while it lasts. */
  endedAt: z.int().nullable(),
  /** The first bucket that counts. */
  firstBucketMs: z.int(),
  /** Above this a request is slow, milliseconds; null until enough is known of the stable one. */
  slowAboveMs: z.number().nullable(),
  /** The first bucket that counts for latency. */
  slowFromMs: z.int(),
  /** The first bucket that is not in `settled`. */
  settledToMs: z.int(),
  /** What the buckets before that came to; they are not looked at any more. */
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
  const firstBucketMs = firstBucket(document.updatedAt, ended?.endedAt ?? undefined);
  return {
    rolloutId: document.rolloutId,
    versions,
    startedAt: document.updatedAt,
    endedAt: null,
    firstBucketMs,
    slowAboveMs: null,
    slowFromMs: firstBucketMs,
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
function versionsOnTrial({ members, weight }: ReleaseDocument): string[] {
  if (weight === 0) return [];
  return [...new Set(activeCanaries(members).map(({ version }) => version))].sort();
}

/**
 * A bucket that still holds the canary's requests of an earlier trial does not count: both may have
 * had the same weight. That one's end is by the judge's clock and the start by Redis', so neither
 * need come after the other.
 */
function firstBucket(startedAt: number, earlierEnd: number | undefined): number {
  const own = bucketOf(startedAt);
  return earlierEnd === undefined ? own : Math.max(own, bucketOf(earlierEnd) + trafficBucketMs);
}

/** Start of the bucket that holds `ms`. */
export function bucketOf(ms: number): number {
  return Math.floor(ms / trafficBucketMs) * trafficBucketMs;
}
