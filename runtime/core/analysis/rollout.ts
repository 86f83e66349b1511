import { hasActive, type ReleaseDocument } from '../release/release-document.ts';
import { ejectCanary, type Transition } from '../release/transitions.ts';
import type { Verdict } from './verdict.ts';

/** Decision on a rollout. `stay` changes nothing. */
export type RolloutDecision =
  | { readonly kind: 'stay' }
  | { readonly kind: 'advance'; readonly step: number; readonly weight: number }
  /** Every step is passed: the canary's version may become the stable one. */
  | { readonly kind: 'promote' }
  /** The canary's version is the stable one, and its members are gone. */
  | { readonly kind: 'succeed' }
  | { readonly kind: 'pause'; readonly reason: string }
  | { readonly kind: 'abort'; readonly reason: string };

type RolloutState = Pick<
  ReleaseDocument,
  'phase' | 'step' | 'plan' | 'weight' | 'members' | 'stepStartedAt'
>;

/**
 * Decides on a rollout from the verdict and the time (milliseconds, by the clock of
 * `stepStartedAt`). Harm comes first, in every phase: a harmful canary is ejected even without a
 * rollout. An inconclusive verdict holds the step until its deadline.
 */
export function decideRollout(
  rollout: RolloutState,
  verdict: Pick<Verdict, 'kind' | 'sentence'>,
  nowMs: number,
): RolloutDecision {
  if (verdict.kind === 'harmful' && hasActive(rollout, 'canary')) {
    return { kind: 'abort', reason: verdict.sentence };
  }
  switch (rollout.phase) {
    case 'progressing':
      return decideStep(rollout, verdict.kind, nowMs);
    case 'promoting':
      return hasActive(rollout, 'canary') ? { kind: 'stay' } : { kind: 'succeed' };
    case 'idle':
    case 'paused':
    case 'succeeded':
    case 'aborted':
      return { kind: 'stay' };
  }
}

/** Transition of the release document that carries out the decision. */
export function applyRollout(
  document: ReleaseDocument,
  decision: RolloutDecision,
  evidence: ReleaseDocument['evidence'],
): Transition {
  switch (decision.kind) {
    case 'stay':
      return { kind: 'unchanged' };
    case 'advance': {
      const { step, weight } = decision;
      const reason = `rollout ${document.rolloutId} at step ${step + 1} of ${document.plan.length}, weight ${weight}`;
      return advanced({ ...document, step, weight, reason, evidence });
    }
    case 'promote': {
      const reason = `rollout ${document.rolloutId} passed every step`;
      return advanced({ ...document, phase: 'promoting', reason, evidence });
    }
    case 'succeed': {
      const reason = `rollout ${document.rolloutId} succeeded`;
      return advanced({ ...document, phase: 'succeeded', reason });
    }
    case 'pause':
      return advanced({ ...document, phase: 'paused', reason: decision.reason, evidence });
    case 'abort':
      return ejectCanary(document, decision.reason, evidence);
  }
}

function decideStep(
  rollout: RolloutState,
  verdict: Verdict['kind'],
  nowMs: number,
): RolloutDecision {
  const { plan, step, stepStartedAt } = rollout;
  const current = plan[step];
  if (current === undefined) return { kind: 'stay' };
  const elapsedMs = nowMs - stepStartedAt;
  if (elapsedMs < current.minDurationMs) return { kind: 'stay' };
  if (verdict === 'safe') return afterStep(rollout);
  if (current.deadlineMs === null || elapsedMs < current.deadlineMs) return { kind: 'stay' };
  const reason = `step ${step + 1} was inconclusive until its deadline`;
  switch (current.onDeadline) {
    case 'continue':
      return afterStep(rollout);
    case 'pause':
      return { kind: 'pause', reason };
    case 'abort':
      return { kind: 'abort', reason };
  }
}

/** Next step, or promotion. Without an active canary the rollout pauses, whatever the verdict was. */
function afterStep(rollout: RolloutState): RolloutDecision {
  const { plan, step } = rollout;
  if (!hasActive(rollout, 'canary')) {
    return { kind: 'pause', reason: 'no active canary member is left' };
  }
  const next = plan[step + 1];
  if (next === undefined) return { kind: 'promote' };
  return { kind: 'advance', step: step + 1, weight: next.weight };
}

function advanced(document: ReleaseDocument): Transition {
  return { kind: 'changed', event: 'rollout-advanced', document };
}
