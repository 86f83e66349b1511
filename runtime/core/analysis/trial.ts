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

/** The trial after looking at the document: the same, ended, another one, or still none. */
export function nextTrial(
  previous: Trial | undefined,
  document: ReleaseDocument,
  nowMs: number,
): Trial | undefined {
  const canaries = activeCanaries(document.members);
  const versions = [...new Set(canaries.map(({ version }) => version))].sort();
  const onTrial = canaries.length > 0 && document.weight > 0;
  const running = previous?.endedAt === null ? previous : undefined;
  const same =
    running?.rolloutId === document.rolloutId && running.versions.join() === versions.join();
  if (onTrial && same) return running;
  const ended = running === undefined ? previous : { ...running, endedAt: nowMs };
  if (!onTrial) return ended;
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
