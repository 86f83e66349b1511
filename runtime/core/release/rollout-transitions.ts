/**
 * Changes of a rollout. Like those of transitions.ts they are pure and can be repeated: a change that
 * is made already is `unchanged`, and one that makes no sense in the rollout's phase is refused.
 */
import { hasActive, type ReleaseDocument, type Step } from './release-document.ts';
import { stepText } from './rollout-plan.ts';
import { weightProblem } from '../routing/weight.ts';
import { changed, ejectCanary, refused, withState, type Transition } from './transitions.ts';

type Phase = ReleaseDocument['phase'];

/**
 * Begins a rollout, one attempt to bring a canary to all traffic, at the weight of its first step.
 * The rollout's id is the salt of affinity, so that each rollout reaches other clients first.
 */
export function beginRollout(
  document: ReleaseDocument,
  rolloutId: string,
  plan: readonly Step[],
): Transition {
  if (document.rolloutId === rolloutId) return { kind: 'unchanged' };
  for (const step of plan) {
    const problem = weightProblem(step.weight);
    if (problem !== undefined) return refused(`rollout ${rolloutId}: weight ${problem}`);
  }
  const weight = plan[0]?.weight ?? 0;
  if (weight > 0 && !hasActive(document, 'canary')) {
    return refused(
      `rollout ${rolloutId} needs an active canary member for its first weight ${weight}`,
    );
  }
  return changed('rollout-begun', `rollout ${rolloutId} begun at weight ${weight}`, {
    ...document,
    rolloutId,
    plan: [...plan],
    step: 0,
    phase: 'progressing',
    weight,
    evidence: null,
  });
}

/** Holds a rollout at its step and weight, until it is resumed. */
export function pauseRollout(document: ReleaseDocument, reason: string): Transition {
  const { phase } = document;
  if (phase === 'paused') return { kind: 'unchanged' };
  if (phase !== 'progressing') return needsPhase(document, 'paused', ['progressing']);
  const why = `${nameOf(document)} paused at ${stepText(document)}: ${reason}`;
  return changed('rollout-paused', why, { ...document, phase: 'paused', evidence: null });
}

/**
 * Goes on with a paused rollout, at the weight of its step. The step begins anew, with all of its
 * time: it was not judged as a step while the rollout was paused, and a deadline that has passed must
 * not end it at once. The store sets the time.
 */
export function resumeRollout(document: ReleaseDocument, reason: string): Transition {
  const { phase, plan, step } = document;
  if (phase === 'progressing') return { kind: 'unchanged' };
  if (phase !== 'paused') return needsPhase(document, 'resumed', ['paused']);
  if (!hasActive(document, 'canary')) return needsCanary(document, 'resumed');
  const weight = plan[step]?.weight ?? document.weight;
  const why = `${nameOf(document)} resumed at ${stepText(document)}, weight ${weight}: ${reason}`;
  const next = { ...document, phase: 'progressing' as const, weight, evidence: null };
  return changed('rollout-resumed', why, next);
}

/** Skips the steps that are left: the canary's version may become the stable one. Keeps the weight. */
export function promoteRollout(document: ReleaseDocument, reason: string): Transition {
  const { phase } = document;
  if (phase === 'promoting' || phase === 'succeeded') return { kind: 'unchanged' };
  if (phase !== 'progressing' && phase !== 'paused') {
    return needsPhase(document, 'promoted', ['progressing', 'paused']);
  }
  if (!hasActive(document, 'canary')) return needsCanary(document, 'promoted');
  const why = `${nameOf(document)} promoted at ${stepText(document)}: ${reason}`;
  return changed('rollout-promoted', why, { ...document, phase: 'promoting', evidence: null });
}

/** Ejects the canary and ends its rollout. */
export function abortRollout(document: ReleaseDocument, reason: string): Transition {
  const { phase } = document;
  if (phase === 'idle' || phase === 'succeeded') {
    return needsPhase(document, 'aborted', ['progressing', 'paused', 'promoting']);
  }
  return ejectCanary(document, `${nameOf(document)} aborted: ${reason}`);
}

/**
 * Begins a rollout again at its first step, with its ejected canary members. It keeps its id, so that
 * no deployment takes it for another one. The canary had no traffic meanwhile, so its trial is new.
 */
export function retryRollout(document: ReleaseDocument, reason: string): Transition {
  const { phase, plan, step, members } = document;
  const isActive = hasActive(document, 'canary');
  if (phase === 'progressing' && step === 0 && isActive) return { kind: 'unchanged' };
  if (phase === 'idle' || phase === 'promoting' || phase === 'succeeded') {
    return needsPhase(document, 'retried', ['aborted']);
  }
  if (phase !== 'aborted' && isActive) {
    const instead = phase === 'paused' ? 'resume or abort it first' : 'abort it first';
    return refused(`${nameOf(document)} is ${phase} at ${stepText(document)}; ${instead}`);
  }
  const ejected = members.filter(
    (member) => member.track === 'canary' && member.state === 'ejected',
  );
  if (ejected.length === 0 && !isActive) {
    return refused(
      `${nameOf(document)} cannot be retried: it has no canary member any more; release a new canary`,
    );
  }
  const weight = plan[0]?.weight ?? 0;
  const why = `${nameOf(document)} begins again at weight ${weight}: ${reason}`;
  const reinstated = withState(document, ejected, 'active');
  return changed('rollout-retried', why, { ...reinstated, phase: 'progressing', step: 0, weight });
}

function nameOf({ rolloutId }: ReleaseDocument): string {
  return `rollout ${rolloutId}`;
}

function needsPhase(
  document: ReleaseDocument,
  action: string,
  phases: readonly Phase[],
): Transition {
  const { phase } = document;
  const allowed = `only one that is ${listed(phases)} can be ${action}`;
  if (phase === 'idle') return refused(`no rollout has begun; ${allowed}`);
  return refused(`${nameOf(document)} is ${phase}; ${allowed}`);
}

/** `A, B or C`. */
function listed(phases: readonly Phase[]): string {
  return phases.join(', ').replace(/, (?=\w+$)/, ' or ');
}

function needsCanary(document: ReleaseDocument, action: string): Transition {
  return refused(
    `${nameOf(document)} cannot be ${action}: it has no active canary member; ` +
      'retry it to begin again with the ejected ones, or abort it',
  );
}
