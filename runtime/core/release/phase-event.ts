import type { ReleaseDocument } from './release-document.ts';

type Phase = ReleaseDocument['phase'];

/** Types of the events that begin a phase, or a step of it. A pause has several, with one text. */
const beginnings: Readonly<Record<Phase, readonly string[]>> = {
  idle: [],
  progressing: ['rollout-begun', 'rollout-advanced', 'rollout-resumed', 'rollout-retried'],
  paused: [],
  promoting: ['rollout-promoted'],
  succeeded: ['rollout-succeeded'],
  aborted: ['rollout-aborted', 'canary-ejected'],
};

/**
 * Finds the event that began the present phase of the rollout, or its step. Later changes, such as a
 * member that was drained, have reasons of their own in the document.
 * @param events - oldest first.
 * @returns undefined if it is not among them.
 */
export function phaseEvent<Event extends { readonly type: string; readonly text: string }>(
  { phase, rolloutId }: Pick<ReleaseDocument, 'phase' | 'rolloutId'>,
  events: readonly Event[],
): Event | undefined {
  const isPause = ({ text }: Event) =>
    [`rollout ${rolloutId} paused at `, `rollout ${rolloutId} pauses at `].some((words) =>
      text.includes(words),
    );
  return events.findLast((event) =>
    phase === 'paused' ? isPause(event) : beginnings[phase].includes(event.type),
  );
}
