import { hasActive, type ReleaseDocument } from '../release/release-document.ts';
import { isScheduled, stepText } from '../release/rollout-plan.ts';
import { changed, ejectCanary, type Transition } from '../release/transitions.ts';
import type { Verdict } from './verdict.ts';

/** Decision on a rollout. `stay` changes nothing. */
export type RolloutDecision =
  | { readonly kind: 'stay' }
  | {
      readonly kind: 'advance';
      readonly step: number;
      readonly weight: number;
      readonly reason: string;
    }
  /** Every step is passed: the canary's version may become the stable one. */
  | { readonly kind: 'promote'; readonly reason: string }
  /** The canary's version is the stable one, and its members are gone. */
  | { readonly kind: 'succeed' }
  | { readonly kind: 'pause'; readonly reason: string }
  | { readonly kind: 'abort'; readonly reason: string };

type RolloutState = Pick<
  ReleaseDocument,
  'phase' | 'step' | 'plan' | 'weight' | 'members' | 'stepStartedAt'
>;

type JudgedAs = Pick<Verdict, 'kind' | 'sentence'>;

/**
 * Decides on a rollout from the verdict and the time (milliseconds, by the clock of
 * `stepStartedAt`). Harm comes first, in every phase: a harmful canary is ejected even without a
 * rollout. An inconclusive verdict holds the step until its deadline.
 */
export function decideRollout(
  rollout: RolloutState,
  verdict: JudgedAs,
  nowMs: number,
): RolloutDecision {
  if (verdict.kind === 'harmful' && hasActive(rollout, 'canary')) {
    return { kind: 'abort', reason: verdict.sentence };
  }
  switch (rollout.phase) {
    case 'progressing':
      return obstacle(rollout) ?? decideStep(rollout, verdict, nowMs);
    case 'paused':
      return obstacle(rollout)?.kind === 'abort' ? removed : { kind: 'stay' };
    case 'promoting':
      return decidePromotion(rollout.members);
    case 'idle':
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
  const name = `rollout ${document.rolloutId}`;
  switch (decision.kind) {
    case 'stay':
      return { kind: 'unchanged' };
    case 'advance': {
      const { step, weight } = decision;
      const next = { ...document, step, weight, evidence };
      const reason = `${name} at ${stepText(next)}, weight ${weight}; ${decision.reason}`;
      return changed('rollout-advanced', reason, next);
    }
    case 'promote': {
      const reason = `${name} passed every step; ${decision.reason}`;
      return changed('rollout-promoted', reason, { ...document, phase: 'promoting', evidence });
    }
    case 'succeed':
      return changed('rollout-succeeded', `${name} succeeded`, { ...document, phase: 'succeeded' });
    case 'pause': {
      const reason = `${name} paused at ${stepText(document)}: ${decision.reason}`;
      const noted = { ...evidence, pause: decision.reason };
      return changed('rollout-paused', reason, { ...document, phase: 'paused', evidence: noted });
    }
    case 'abort':
      return ejectCanary(document, decision.reason, evidence);
  }
}

/** The judge's reason for its pause of a paused rollout; undefined if a person paused it. */
export function judgesPause({
  phase,
  evidence,
}: Pick<ReleaseDocument, 'phase' | 'evidence'>): string | undefined {
  const reason = phase === 'paused' ? evidence?.['pause'] : undefined;
  return typeof reason === 'string' ? reason : undefined;
}

const removed = {
  kind: 'abort',
  reason: 'the canary was removed before the end of its rollout',
} as const;

/**
 * Decision on a rollout whose canary gets no requests, so that no verdict can end its step. A person
 * controls a rollout without times, and so decides on it.
 */
function obstacle({ plan, step, weight, members }: RolloutState): RolloutDecision | undefined {
  if (!isScheduled(plan)) return undefined;
  if (!members.some(({ track }) => track === 'canary')) return removed;
  if (!hasActive({ members }, 'canary')) return { kind: 'pause', reason: noCanary };
  if (weight > 0 || plan[step]?.weight === 0) return undefined;
  return { kind: 'pause', reason: 'the canary lost its share of the traffic' };
}

const noCanary = 'no active canary member is left';

/** A canary that leaves as members do has handed over to stable; one that is ejected has failed. */
function decidePromotion(members: ReleaseDocument['members']): RolloutDecision {
  const canaries = members.filter(({ track }) => track === 'canary');
  if (canaries.length === 0) return { kind: 'succeed' };
  const isEjected =
    !hasActive({ members }, 'canary') && canaries.some(({ state }) => state === 'ejected');
  return isEjected ? { kind: 'abort', reason: noCanary } : { kind: 'stay' };
}

function decideStep(
  rollout: RolloutState,
  { kind, sentence }: JudgedAs,
  nowMs: number,
): RolloutDecision {
  const { plan, step, stepStartedAt } = rollout;
  const current = plan[step];
  if (current === undefined) return { kind: 'stay' };
  const elapsedMs = nowMs - stepStartedAt;
  if (elapsedMs < current.minDurationMs) return { kind: 'stay' };
  if (kind === 'safe') return afterStep(rollout, `step ${step + 1} was safe: ${sentence}`);
  if (current.deadlineMs === null || elapsedMs < current.deadlineMs) return { kind: 'stay' };
  const reason = `step ${step + 1} was inconclusive until its deadline`;
  switch (current.onDeadline) {
    case 'continue':
      return afterStep(rollout, reason);
    case 'pause':
      return { kind: 'pause', reason };
    case 'abort':
      return { kind: 'abort', reason };
  }
}

/** Next step, or promotion. Without an active canary the rollout pauses, whatever the verdict was. */
function afterStep(rollout: RolloutState, reason: string): RolloutDecision {
  const { plan, step } = rollout;
  if (!hasActive(rollout, 'canary')) return { kind: 'pause', reason: noCanary };
  const next = plan[step + 1];
  if (next === undefined) return { kind: 'promote', reason };
  return { kind: 'advance', step: step + 1, weight: next.weight, reason };
}
