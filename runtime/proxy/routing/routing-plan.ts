import type { Track } from '../../contract/names.ts';
import type { Affinity, ReleaseDocument } from '../../core/release/release-document.ts';
import type { RoutedMember } from '../members/routed-member.ts';

/** Where requests go, worked out once for each change, so that a request only looks it up. */
export interface RoutingPlan {
  readonly generation: number;
  readonly rolloutId: string;
  /** The canary's share, percent. */
  readonly weight: number;
  /** The share that canary members really get: 0 without an available one, 100 when there are no others. */
  readonly effectiveWeight: number;
  readonly affinity: Affinity;
  /** Who serves each track's share; the canary's may be served by stable members. */
  readonly split: Readonly<Record<Track, readonly RoutedMember[]>>;
  /** Who serves a tester who asks for a track: always members of that track. */
  readonly override: Readonly<Record<Track, readonly RoutedMember[]>>;
}

/**
 * The plan for a document, given its active members and what is known of their health.
 *
 * - Members that are unhealthy or ejected get nothing while others of their track are available.
 * - Without an available canary, its share goes to stable.
 * - Stable is never emptied: with no available stable member, all active ones share its load.
 * - With no available member at all, what is known of health is worth nothing (more likely the
 *   check is wrong than every member dead): all active members serve their tracks.
 */
export function routingPlan(
  document: Pick<ReleaseDocument, 'generation' | 'rolloutId' | 'weight' | 'affinity'>,
  active: readonly RoutedMember[],
  now: number,
): RoutingPlan {
  const { generation, rolloutId, weight, affinity } = document;
  const stable = active.filter(({ track }) => track === 'stable');
  const canary = active.filter(({ track }) => track === 'canary');
  const availableStable = stable.filter((member) => member.isAvailable(now));
  const availableCanary = canary.filter((member) => member.isAvailable(now));
  const panic = availableStable.length === 0 && availableCanary.length === 0;

  const forStable = firstWithMembers(availableStable, stable);
  const forCanary = panic ? canary : availableCanary;
  const split = {
    // A release without stable members, whose canary was given a share, is all canary.
    stable: weight > 0 ? firstWithMembers(forStable, forCanary, canary) : forStable,
    canary: firstWithMembers(forCanary, forStable, canary),
  };
  return {
    generation,
    rolloutId,
    weight,
    effectiveWeight: isCanary(split.stable) ? 100 : isCanary(split.canary) ? weight : 0,
    affinity,
    split,
    override: { stable: forStable, canary: firstWithMembers(availableCanary, canary) },
  };
}

function isCanary([member]: readonly RoutedMember[]): boolean {
  return member?.track === 'canary';
}

function firstWithMembers(...choices: readonly RoutedMember[][]): RoutedMember[] {
  return choices.find((members) => members.length > 0) ?? [];
}
