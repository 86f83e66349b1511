/** Choice of what a progressive deployment does first. Pure. */

export interface RolloutSituation {
  /** Image of the stable members; undefined in a canary stack, and in one that was never updated. */
  readonly serving: string | undefined;
  /** True if the stack has stable members of its own. */
  readonly hasStable: boolean;
  /** Canary of the stack, as long as it has members. Undefined: none. */
  readonly canary: { readonly image: string; readonly phase: string } | undefined;
  /** Image to roll out. Undefined: it is built from the sources that are checked out. */
  readonly wanted: string | undefined;
  /** Release whose sources are checked out. Undefined: none, or it is not known. */
  readonly checkedOut: 'serving' | 'canary' | undefined;
}

/**
 * - `first`: nothing serves that a canary could be compared with.
 * - `serves`: the image is the stable one already.
 * - `attach`: the image's rollout is in progress, or was aborted.
 * - `replace`: a rollout of another image is in progress.
 * - `start`: none is.
 */
export type RolloutStart = 'first' | 'serves' | 'attach' | 'replace' | 'start';

const inProgress = ['progressing', 'paused', 'promoting'];

export function rolloutStart(situation: RolloutSituation): RolloutStart {
  const { serving, hasStable, canary, wanted, checkedOut } = situation;
  if (hasStable && serving === undefined) return 'first';
  const isIts = (image: string, sources: RolloutSituation['checkedOut']) =>
    wanted === undefined ? checkedOut === sources : wanted === image;
  if (canary !== undefined && isIts(canary.image, 'canary')) {
    if (inProgress.includes(canary.phase) || canary.phase === 'aborted') return 'attach';
  }
  if (serving !== undefined && isIts(serving, 'serving')) return 'serves';
  return canary !== undefined && inProgress.includes(canary.phase) ? 'replace' : 'start';
}
