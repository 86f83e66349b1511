import { PerchError } from '../../contract/perch-error.ts';

/** What a store answers to a leader that is the newest one no more. */
export function fenced(epoch: number | undefined): PerchError {
  return new PerchError(
    'fenced',
    `epoch must be the newest leader's, got ${epoch}: another monitor judges now`,
  );
}
