/** Changes of a rollout. Like those of transitions.ts they are pure and can be repeated. */
import { hasActive, type ReleaseDocument, type Step } from './release-document.ts';
import { weightProblem } from '../routing/weight.ts';
import { changed, refused, type Transition } from './transitions.ts';

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
