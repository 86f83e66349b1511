import { formatDuration } from '../../contract/format-duration.ts';
import type { Member, ReleaseDocument } from '../../core/release/release-document.ts';
import { isScheduled, stepText } from '../../core/release/rollout-plan.ts';

/**
 * Says what a change does, from the documents before and after it: sentences with their full stops,
 * for a person who has to confirm it.
 */
export function changeEffects(before: ReleaseDocument, after: ReleaseDocument): string[] {
  return [
    ...shareEffects(before, after),
    ...memberEffects(before, after),
    ...phaseEffects(before, after),
  ];
}

function shareEffects(before: ReleaseDocument, after: ReleaseDocument): string[] {
  if (before.weight === after.weight) {
    return after.phase === 'promoting' || after.phase === 'paused'
      ? [`The canary's share stays ${after.weight}%.`]
      : [];
  }
  const change = `The canary's share goes from ${before.weight}% to ${after.weight}%`;
  return [after.weight === 0 ? `${change}: stable gets all requests.` : `${change}.`];
}

function memberEffects(before: ReleaseDocument, after: ReleaseDocument): string[] {
  const states = new Map(before.members.map(({ id, state }) => [id, state]));
  const changed = after.members.filter(({ id, state }) => states.get(id) !== state);
  const effects = [
    effect(changed, 'ejected', 'ejected: no new requests, those in flight finish'),
    effect(changed, 'active', 'reinstated'),
  ].flat();
  const isBack = changed.some(({ track, state }) => track === 'canary' && state === 'active');
  const isIdle = isBack && after.weight === 0 && after.phase !== 'progressing';
  return isIdle ? [...effects, 'The share stays 0%: set the weight afterwards.'] : effects;
}

function effect(members: readonly Member[], state: Member['state'], text: string): string[] {
  const ids = members.filter((member) => member.state === state).map(({ id }) => id);
  if (ids.length === 0) return [];
  return [`${ids.join(', ')} ${ids.length === 1 ? 'is' : 'are'} ${text}.`];
}

function phaseEffects(before: ReleaseDocument, after: ReleaseDocument): string[] {
  const isAgain = before.phase === after.phase && before.step === after.step;
  if (isAgain) return [];
  switch (after.phase) {
    case 'paused':
      return [
        'The rollout pauses: the judge advances nothing until somebody resumes it. A canary that does harm is ejected all the same.',
      ];
    case 'progressing':
      return [`The rollout goes on at ${whereText(after)}.`];
    case 'promoting':
      return [`${skippedText(after)}A deployment then makes the canary's version the stable one.`];
    case 'aborted':
      return ['The rollout ends. It can be retried while the canary members are there.'];
    case 'idle':
    case 'succeeded':
      return [];
  }
}

function whereText(document: ReleaseDocument): string {
  const step = document.plan[document.step];
  if (step === undefined || !isScheduled(document.plan)) return `${document.weight}%`;
  const least = step.minDurationMs > 0 ? `, at least ${formatDuration(step.minDurationMs)}` : '';
  return `${stepText(document)}, which begins anew with all of its time${least}`;
}

function skippedText({ plan, step }: ReleaseDocument): string {
  const skipped = plan.slice(step + 1).map(({ weight }) => `${weight}%`);
  return skipped.length === 0 ? '' : `The steps that are left are skipped: ${skipped.join(', ')}. `;
}
