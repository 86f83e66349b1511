import type { Track } from '../../contract/names.ts';
import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import { latencyBin } from './latency-bins.ts';
import type { TrackSample } from './track-sample.ts';
import type { TrackCounts, TrafficBucket } from './traffic-counts.ts';

/** Answers in one bucket from which on a warm-up is no evidence; fewer are all that there is. */
const busyAnswers = 5;

/** Longest latency that is not slow, for each track, milliseconds. */
export type SlowBounds = Readonly<Record<Track, number>>;

/** Counts of one bucket as the judge compares them. */
export interface MetricSamples {
  /**
   * Unit of the samples: clients under cookie affinity, because chance chose clients there. At weight
   * 100 chance chose nothing, and the canary is compared with stable's earlier requests.
   */
  readonly unit: 'requests' | 'clients';
  readonly samples: Readonly<Record<HarmMetric, TrackSample>>;
}

/** Requests of one track that are compared for latency. */
export interface Timing {
  /** Requests whose latency is compared. */
  readonly timed: number;
  readonly slow: number;
  /** Slow ones among them that the client gave up. */
  readonly abandoned: number;
  /** Requests among them that were slow in a warm-up, and do not count as slow. */
  readonly excused: number;
}

export const noTiming: Timing = { timed: 0, slow: 0, abandoned: 0, excused: 0 };

/**
 * Timings of a bucket's requests of one track. A request that its client gave up is slow if it had
 * waited for longer than the bound; before that, nobody knows.
 *
 * In a warm-up an answer may be slow, unless there are hardly any others. The canary's answers count
 * as not slow then: without them the requests that clients gave up would be all that it had, and
 * nearly every canary would be slow. Those of stable are left out, for if they were not slow, the
 * canary would have to be as fast.
 * @param slowAboveMs - undefined if it is not known yet what is slow.
 */
export function timingOf(
  counts: TrackCounts,
  slowAboveMs: number | undefined,
  track: Track,
): Timing {
  if (slowAboveMs === undefined) return noTiming;
  const slowFrom = latencyBin(slowAboveMs);
  const cold = sum(counts.cold.values());
  const coldSlow = above(counts.cold, slowFrom);
  const isExcused = cold >= busyAnswers;
  const isLeftOut = isExcused && track === 'stable';
  const abandoned = above(counts.abandoned, slowFrom);
  return {
    timed: sum(counts.latency.values()) + (isLeftOut ? 0 : cold) + abandoned,
    slow: above(counts.latency, slowFrom) + (isExcused ? 0 : coldSlow) + abandoned,
    abandoned,
    excused: isExcused && !isLeftOut ? coldSlow : 0,
  };
}

/**
 * Samples of one bucket.
 * @param timings - of both tracks; without any, latency is not compared.
 */
export function samplesOf(
  { stable, canary, weight }: Pick<TrafficBucket, Track | 'weight'>,
  timings: Readonly<Record<Track, Timing>>,
): MetricSamples {
  if (weight !== 100 && (hasClients(stable) || hasClients(canary))) {
    const ofMetric = (metric: HarmMetric): TrackSample => ({
      canary: canary.clients[metric].atRisk,
      stable: stable.clients[metric].atRisk,
      badCanary: canary.clients[metric].hit,
      badStable: stable.clients[metric].hit,
    });
    const samples = {
      errors: ofMetric('errors'),
      latency: ofMetric('latency'),
      rejections: ofMetric('rejections'),
    };
    return { unit: 'clients', samples };
  }
  const requests = { canary: canary.requests, stable: stable.requests };
  const samples = {
    errors: { ...requests, badCanary: canary.failures, badStable: stable.failures },
    latency: {
      canary: timings.canary.timed,
      stable: timings.stable.timed,
      badCanary: timings.canary.slow,
      badStable: timings.stable.slow,
    },
    rejections: { ...requests, badCanary: canary.rejections, badStable: stable.rejections },
  };
  return { unit: 'requests', samples };
}

function hasClients({ clients }: TrackCounts): boolean {
  return harmMetrics.some((metric) => clients[metric].atRisk > 0);
}

function above(bins: ReadonlyMap<number, number>, slowFrom: number): number {
  return [...bins].reduce((all, [bin, count]) => (bin > slowFrom ? all + count : all), 0);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
