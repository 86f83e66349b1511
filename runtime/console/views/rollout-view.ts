import { missingText } from '../../core/analysis/missing-text.ts';
import type { StoredJudgeStatus } from '../../core/analysis/judge-status.ts';
import {
  recentTraffic,
  requestRate,
  stepTraffic,
  stepTrafficFromMs,
  type StepTraffic,
} from '../../core/analysis/step-traffic.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';
import { bucketOf } from '../../core/analysis/trial.ts';
import { phaseEvent } from '../../core/release/phase-event.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { stepStatus, type StepStatus } from '../../core/release/rollout-status.ts';
import type { PerchEvent } from '../../store/incidents/event-log.ts';
import type { TrafficSource } from '../../store/judge/traffic-source.ts';

/** Time of which the traffic is shown without a step, milliseconds. */
const recentMs = 300_000;

/** Rollout as the page shows it. */
export interface RolloutView {
  /** Null unless the rollout is progressing. */
  readonly step: StepStatus | null;
  /**
   * Traffic of both tracks in the step, or else in the last minutes; null if it cannot be read, or if the
   * counts of the step are gone.
   */
  readonly traffic: (StepTraffic & { readonly of: 'step' | 'recent' }) | null;
  /** The leader's last judgement. `silent`: no monitor judges. */
  readonly judge:
    | { readonly condition: 'unreadable' | 'silent' }
    | ({ readonly condition: 'judging' } & StoredJudgeStatus);
  /** Requests that the judge still needs, a sentence without its full stop; null: it has decided, or is silent. */
  readonly missing: string | null;
  /** Event that began the present phase or step; null: it is too long ago. */
  readonly begun: PerchEvent | null;
}

export interface RolloutInput {
  readonly document: ReleaseDocument;
  /** Null: it cannot be read. Undefined: no monitor judges. */
  readonly judge: StoredJudgeStatus | null | undefined;
  /** Oldest first; null: they cannot be read. */
  readonly events: readonly PerchEvent[] | null;
  readonly nowMs: number;
}

/** Reads the traffic of the step, and joins it with what is known of the rollout. */
export async function rolloutView(
  { document, judge, events, nowMs }: RolloutInput,
  traffic: Pick<TrafficSource, 'read'>,
): Promise<RolloutView> {
  const stepMs = stepTrafficFromMs(document, nowMs);
  const fromMs = stepMs ?? bucketOf(nowMs - recentMs);
  const buckets = await traffic.read(fromMs, nowMs).catch(() => null);
  const known = buckets && trafficOf(document, buckets, { stepMs, fromMs });
  return {
    step: stepStatus(document, nowMs) ?? null,
    traffic: known,
    judge: judgeView(judge),
    missing: missingText(judge?.verdict, requestRate(known, nowMs)) ?? null,
    begun: phaseEvent(document, events ?? []) ?? null,
  };
}

function trafficOf(
  document: ReleaseDocument,
  buckets: readonly TrafficBucket[],
  { stepMs, fromMs }: { readonly stepMs: number | undefined; readonly fromMs: number },
): RolloutView['traffic'] {
  if (stepMs === undefined) return { of: 'recent', ...recentTraffic(buckets, fromMs) };
  const traffic = stepTraffic(document, buckets, stepMs);
  return traffic && { of: 'step', ...traffic };
}

function judgeView(judge: RolloutInput['judge']): RolloutView['judge'] {
  if (judge === null) return { condition: 'unreadable' };
  if (judge === undefined) return { condition: 'silent' };
  return { condition: 'judging', ...judge };
}
