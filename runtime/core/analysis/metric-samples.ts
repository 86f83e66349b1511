import type { Track } from '../../contract/names.ts';
import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import { latencyBin } from './latency-bins.ts';
import type { TrackSample } from './harm-test.ts';
import type { TrackCounts, TrafficBucket } from './traffic-counts.ts';

/** Canary answers in one bucket from which a warm-up is left out; fewer are all that there is. */
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
}

const noTiming: Timing = { timed: 0, slow: 0, abandoned: 0 };

/**
 * Timings of a bucket's requests of one track. A request that its client gave up is slow if it had
 * waited for longer than the bound; before that, nobody knows. Answers of members in their warm-up
 * count only on little traffic.
 * @param slowAboveMs - undefined if it is not known yet what is slow.
 */
export function timingOf(counts: TrackCounts, slowAboveMs: number | undefined): Timing {
  if (slowAboveMs === undefined) return noTiming;
  const slowFrom = latencyBin(slowAboveMs);
  const cold = sum(counts.cold.values());
  const histograms = cold < busyAnswers ? [counts.latency, counts.cold] : [counts.latency];
  const answered = histograms.reduce((all, bins) => all + sum(bins.values()), 0);
  const slow = histograms.reduce((all, bins) => all + above(bins, slowFrom), 0);
  const abandoned = above(counts.abandoned, slowFrom);
  return { timed: answered + abandoned, slow: slow + abandoned, abandoned };
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
