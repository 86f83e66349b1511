/** One line on a rollout, for output that is no terminal. Pure. */
import type { ReadRollout } from './state.ts';
import {
  beganWords,
  failureWords,
  judgeWords,
  percentText,
  stepWords,
  timeWords,
  trackWords,
} from './words.ts';

/**
 * Rollout in one line, however long.
 * @param isChange true for the first line of a step or phase, which says why it began.
 */
export function rolloutLine(rollout: ReadRollout, isChange: boolean): string {
  const { rolloutId, phase, weight, traffic, failure, ageMs } = rollout;
  const step = stepWords(rollout);
  const where = [phase, ...(step === '' ? [] : [step]), `canary at ${percentText(weight)}`];
  const parts = [
    `rollout ${rolloutId}: ${where.join(', ')}`,
    ...(isChange || phase === 'paused' ? [beganWords(rollout)] : []),
    ...(failure === undefined ? [] : [`status ${failureWords(failure, ageMs)}`]),
    ...(traffic === null ? [] : [`canary: ${trackWords(traffic.canary)}`]),
    ...(traffic === null ? [] : [`stable: ${trackWords(traffic.stable)}`]),
    `judge: ${judgeWords(rollout)}`,
    timeWords(rollout),
  ];
  return parts.join(' | ');
}

/** Line on a rollout of which nothing could be read yet. */
export function unreadLine(
  rolloutId: string,
  { failure, ageMs }: Pick<ReadRollout, 'failure' | 'ageMs'>,
): string {
  return `rollout ${rolloutId}: status ${failureWords(failure, ageMs)}`;
}
