import type { Incident } from '../../core/alerting/incident.ts';
import type { Verdict } from '../../core/analysis/verdict.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';

/** Result of one cycle of the leader, for metrics. */
export interface CycleReport {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly buckets: readonly TrafficBucket[];
  /** The canary's share after the cycle, percent. */
  readonly weight: number;
  /** Undefined without a canary on trial. */
  readonly verdict: Verdict | undefined;
  /** Incidents that are open after the cycle. */
  readonly open: readonly Incident[];
}
