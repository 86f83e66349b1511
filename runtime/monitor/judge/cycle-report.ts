import type { Incident } from '../../core/alerting/incident.ts';
import type { Verdict } from '../../core/analysis/verdict.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';

/** What one look of the leader saw and came to, for whoever measures that. */
export interface CycleReport {
  readonly nowMs: number;
  readonly buckets: readonly TrafficBucket[];
  /** The canary's share after the look, percent. */
  readonly weight: number;
  /** Undefined without a canary on trial. */
  readonly verdict: Verdict | undefined;
  /** The incidents that are open after the look. */
  readonly open: readonly Incident[];
}
