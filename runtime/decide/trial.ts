import { z } from 'zod';
import { trafficBucketMs, unsplit } from '../contract/traffic-fields.ts';
import { quantileMs } from './latency-histogram.ts';
import type { ReleaseDocument } from './release-document.ts';
import { noCounts, sumCounts, type TrafficBucket } from './traffic.ts';

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
});

export type Trial = z.infer<typeof trialSchema>;

/** The trial after looking at the document: the same, ended, another one, or still none. */
export function nextTrial(
  previous: Trial | undefined,
  document: ReleaseDocument,
  nowMs: number,
): Trial | undefined {
  const canaries = document.members.filter(
    ({ track, state }) => track === 'canary' && state === 'active',
  );
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
  };
}

/** How far before a trial the stable one's latency is looked up, milliseconds. */
export const baselineMs = 600_000;
const baselineRequests = 100;

export interface LatencySettings {
  /** A request that takes no longer is never slow, milliseconds. Default 50. */
  readonly neverSlowMs: number;
}

/**
 * Freezes what is slow as soon as enough is known: the stable p95 before the trial, else the one
 * of its beginning, in which case only later requests are judged by it.
 * @param buckets - from {@link baselineMs} before the trial up to now.
 */
export function withBaseline(
  trial: Trial,
  buckets: readonly TrafficBucket[],
  { neverSlowMs }: LatencySettings,
  nowMs: number,
): Trial {
  if (trial.slowAboveMs !== null) return trial;
  const before = stableP95(buckets.filter(({ startMs }) => startMs < trial.firstBucketMs));
  if (before !== undefined) return { ...trial, slowAboveMs: Math.max(before, neverSlowMs) };
  const since = stableP95(buckets);
  if (since === undefined) return trial;
  const slowFromMs = Math.ceil(nowMs / trafficBucketMs) * trafficBucketMs;
  return { ...trial, slowAboveMs: Math.max(since, neverSlowMs), slowFromMs };
}

/**
 * What counts in a trial: its own buckets, with latencies only from where slow is defined, and of
 * them the requests that chance gave to one of two tracks. A tester or a retry does not choose by
 * chance, and while no canary could be had there was nothing to compare with.
 */
export function trialBuckets(trial: Trial, buckets: readonly TrafficBucket[]): TrafficBucket[] {
  return buckets
    .filter(({ startMs }) => startMs >= trial.firstBucketMs)
    .filter(({ weight }) => weight !== unsplit && weight > 0)
    .map((bucket) => (bucket.startMs >= trial.slowFromMs ? bucket : untimed(bucket)));
}

function untimed({ stable, canary, ...bucket }: TrafficBucket): TrafficBucket {
  const { latency } = noCounts;
  return { ...bucket, stable: { ...stable, latency }, canary: { ...canary, latency } };
}

function stableP95(buckets: readonly TrafficBucket[]): number | undefined {
  const { requests, latency } = sumCounts(buckets.map(({ stable }) => stable));
  return requests < baselineRequests ? undefined : quantileMs(latency, 0.95);
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

function bucketOf(ms: number): number {
  return Math.floor(ms / trafficBucketMs) * trafficBucketMs;
}
