import type { StoredJudgeStatus } from '../../core/analysis/judge-status.ts';
import {
  stepTraffic,
  stepTrafficFromMs,
  type StepTraffic,
} from '../../core/analysis/step-traffic.ts';
import { phaseEvent } from '../../core/release/phase-event.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { stepStatus, type StepStatus } from '../../core/release/rollout-status.ts';
import type { PerchEvent } from '../../store/incidents/event-log.ts';
import type { TrafficSource } from '../../store/judge/traffic-source.ts';

/** Rollout as the page shows it. */
export interface RolloutView {
  /** Null unless the rollout is progressing. */
  readonly step: StepStatus | null;
  /** Traffic of both tracks in the step; null without a step or once its counts are gone. */
  readonly traffic: StepTraffic | null;
  /** The leader's last judgement. `silent`: no monitor judges. */
  readonly judge:
    | { readonly condition: 'unreadable' | 'silent' }
    | ({ readonly condition: 'judging' } & StoredJudgeStatus);
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
  const fromMs = stepTrafficFromMs(document, nowMs);
  const buckets = fromMs === undefined ? null : await traffic.read(fromMs, nowMs).catch(() => null);
  return {
    step: stepStatus(document, nowMs) ?? null,
    traffic:
      fromMs === undefined || buckets === null ? null : stepTraffic(document, buckets, fromMs),
    judge: judgeView(judge),
    begun: phaseEvent(document, events ?? []) ?? null,
  };
}

function judgeView(judge: RolloutInput['judge']): RolloutView['judge'] {
  if (judge === null) return { condition: 'unreadable' };
  if (judge === undefined) return { condition: 'silent' };
  return { condition: 'judging', ...judge };
}
