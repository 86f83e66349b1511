import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import { logEValue } from './evidence.ts';
import { likelyOnset, nextOnsets } from './harm-onset.ts';
import { noRatios } from './harm-test.ts';
import type { TrackSample } from './track-sample.ts';
import { isInformative, stratumRatios } from './stratum.ts';
import type { Comparison, TrialStatistics } from './trial-statistics.ts';

/** Counts of both tracks since harm seems to have begun. */
export interface HarmCounts {
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly unit: 'requests' | 'clients';
  readonly canary: TrackTotal;
  readonly stable: TrackTotal;
  /** True if stable's requests are from before the canary had all of the traffic. */
  readonly isEarlier: boolean;
}

interface TrackTotal {
  readonly all: number;
  readonly bad: number;
}

/** Evidence of harm by one metric, the running stratum included. */
export interface MetricHarm {
  readonly metric: HarmMetric;
  /** Natural logarithm of the e-value. */
  readonly logEValue: number;
  /** Undefined if nothing speaks of harm. */
  readonly counts: HarmCounts | undefined;
}

/** Evidence of harm by each metric. */
export function metricHarms(statistics: TrialStatistics, comparison: Comparison): MetricHarm[] {
  const { running, metrics } = statistics;
  const ratios = running && stratumRatios(running, comparison.tolerances, comparison.references);
  return harmMetrics.map((metric) => {
    const { evidence, onsets } = metrics[metric];
    if (running === null || ratios === null || !isInformative(running, metric)) {
      const counts = countsOf(likelyOnset(onsets), metric, statistics, comparison);
      return { metric, logEValue: logEValue(evidence, noRatios), counts };
    }
    const { fromMs, samples } = running;
    const next = nextOnsets(onsets, ratios[metric], { fromMs, sample: samples[metric] });
    return {
      metric,
      logEValue: logEValue(evidence, ratios[metric]),
      counts: countsOf(likelyOnset(next), metric, statistics, comparison),
    };
  });
}

/** Share of bad requests, 0 to 1; 0 of none. */
export function badShare({ all, bad }: TrackTotal): number {
  return all === 0 ? 0 : bad / all;
}

function countsOf(
  onset: { readonly fromMs: number; readonly sample: TrackSample } | undefined,
  metric: HarmMetric,
  { running }: TrialStatistics,
  { references }: Comparison,
): HarmCounts | undefined {
  if (onset === undefined) return undefined;
  const { canary, stable, badCanary, badStable } = onset.sample;
  const isEarlier = stable === 0;
  const { requests, bad } = references[metric];
  return {
    sinceMs: onset.fromMs,
    unit: running?.unit ?? 'requests',
    canary: { all: canary, bad: badCanary },
    stable: isEarlier ? { all: requests, bad } : { all: stable, bad: badStable },
    isEarlier,
  };
}
