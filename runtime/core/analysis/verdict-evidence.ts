import type { HarmMetric } from '../../contract/traffic-fields.ts';
import type { HardFailure } from './hard-failures.ts';
import type { HarmCounts } from './metric-harm.ts';
import type { TrialStatistics } from './trial-statistics.ts';

/** Numbers behind a verdict. Plain data, stored with the decision. */
export interface VerdictEvidence {
  /** Test that decided; `none` for an inconclusive verdict. */
  readonly rule: HarmMetric | HardFailure['kind'] | 'safety' | 'none';
  /** Sums over the whole trial. */
  readonly canary: TrialStatistics['canary'];
  readonly stable: TrialStatistics['stable'];
  /** Start of the harm, milliseconds since the epoch; only of a harmful metric. */
  readonly sinceMs?: number;
  /** Counts since then. */
  readonly harm?: HarmCounts;
  /** E-value of each metric, at most 1e300, and the one from which it is harmful. */
  readonly eValues: Readonly<Record<HarmMetric, number>>;
  readonly harmfulFrom: Readonly<Record<HarmMetric, number>>;
  /** Requests of the step, and the scores of both tests of safety. */
  readonly safety: {
    readonly requests: number;
    readonly relative: number;
    readonly absolute: number;
    /** Further requests without a failure until it is proven; null: harm is in doubt. */
    readonly missing: number | null;
  };
  readonly safeFrom: number;
  /** Longest latencies that are not slow, milliseconds; null if they are not known yet. */
  readonly slowAboveMs: number | null;
  readonly canarySlowAboveMs: number | null;
  readonly buckets: TrialStatistics['buckets'];
}
