import type { Member, ReleaseDocument } from './release-document.ts';

/** End of a rollout that is promoting. */
interface PromotionEnd {
  readonly phase: 'succeeded' | 'aborted';
  /** Words for the reason of the change. */
  readonly text: string;
}

/**
 * Returns the end of a promoting rollout whose last canary member was removed: it has succeeded only
 * if the stable members have the canary's version. The newest active one decides, because an update
 * activates the new members before it removes anything, and may drain the old ones later than the
 * canary. Undefined: the rollout is in another phase, or goes on.
 * @param document without the removed member.
 */
export function promotionEnd(
  { phase, members, rolloutId }: Pick<ReleaseDocument, 'phase' | 'members' | 'rolloutId'>,
  removed: Pick<Member, 'track' | 'version'>,
): PromotionEnd | undefined {
  const isLast = removed.track === 'canary' && members.every(({ track }) => track === 'stable');
  if (phase !== 'promoting' || !isLast) return undefined;
  const newest = members.findLast(({ state }) => state === 'active');
  if (newest?.version === removed.version) {
    return { phase: 'succeeded', text: `; rollout ${rolloutId} succeeded` };
  }
  const stable =
    newest === undefined ? 'no stable member is active' : `stable is ${newest.version}`;
  return {
    phase: 'aborted',
    text: `; rollout ${rolloutId} was aborted: its canary of version ${removed.version} was removed without being promoted, ${stable}`,
  };
}
