import type { Track } from '../../contract/names.ts';
import type { Split } from '../../contract/traffic-fields.ts';
import {
  canaryKeyOf,
  canaryVersions,
  type Affinity,
  type ReleaseDocument,
} from '../../core/release/release-document.ts';
import type { RoutedMember } from '../members/routed-member.ts';

/** Routes of requests, computed once per change, so that a request only looks them up. */
export interface RoutingPlan {
  readonly generation: number;
  readonly rolloutId: string;
  /** The canary's share in the document, percent. */
  readonly weight: number;
  /**
   * The canary's actual share, percent: 0 without an available canary or while its share is
   * withheld, 100 without a stable member.
   */
  readonly effectiveWeight: number;
  /** The split under which requests are counted. */
  readonly counted: Split;
  readonly affinity: Affinity;
  /** Members that serve each track's share of the split; stable members may serve the canary's. */
  readonly split: Readonly<Record<Track, readonly RoutedMember[]>>;
  /** Members that serve a tester who chose a track: always members of that track. */
  readonly override: Readonly<Record<Track, readonly RoutedMember[]>>;
  /** Ejected members that pass their probes: a retry goes to them rather than nowhere. */
  readonly spare: Readonly<Record<Track, readonly RoutedMember[]>>;
}

/**
 * Plan for a document, given its active members and their health.
 *
 * - Unhealthy and ejected members get no requests while others of their track are available.
 * - Without an available canary, its share goes to stable.
 * - A canary whose share is withheld gets requests of testers only, as long as a stable member is
 *   available.
 * - Stable is never empty: without an available stable member, all active ones serve its share.
 * - Without any available member, the ejected ones that pass their probes serve their tracks, and
 *   without such members all active ones (Envoy's panic mode): a wrong check is more likely than the
 *   death of every member.
 */
export function routingPlan(
  document: Pick<ReleaseDocument, 'generation' | 'rolloutId' | 'weight' | 'affinity' | 'members'>,
  active: readonly RoutedMember[],
  { now, withheld }: { readonly now: number; readonly withheld: boolean },
): RoutingPlan {
  const { generation, rolloutId, weight, affinity } = document;
  const stable = active.filter(({ track }) => track === 'stable');
  const canary = active.filter(({ track }) => track === 'canary');
  const availableStable = stable.filter((member) => member.isAvailable(now));
  const availableCanary = canary.filter((member) => member.isAvailable(now));
  const panic = availableStable.length === 0 && availableCanary.length === 0;

  const spare = {
    stable: stable.filter((member) => isSpare(member, now)),
    canary: canary.filter((member) => isSpare(member, now)),
  };
  const forStable = firstWithMembers(availableStable, spare.stable, stable);
  const isWithheld = withheld && availableStable.length > 0;
  const forCanary = panic
    ? firstWithMembers(spare.canary, canary)
    : isWithheld
      ? []
      : availableCanary;
  const split = {
    // Without stable members, a canary that has a share gets all requests.
    stable: weight > 0 ? firstWithMembers(forStable, forCanary, canary) : forStable,
    canary: firstWithMembers(forCanary, forStable, canary),
  };
  const effectiveWeight = isCanary(split.stable) ? 100 : isCanary(split.canary) ? weight : 0;
  return {
    generation,
    rolloutId,
    weight,
    effectiveWeight,
    counted: {
      weight: effectiveWeight,
      rolloutId,
      canaryKey: canaryKeyOf(canaryVersions(document)),
    },
    affinity,
    split,
    override: {
      stable: forStable,
      canary: firstWithMembers(availableCanary, spare.canary, canary),
    },
    spare,
  };
}

function isSpare(member: RoutedMember, now: number): boolean {
  return member.passesProbes && !member.isAvailable(now);
}

function isCanary([member]: readonly RoutedMember[]): boolean {
  return member?.track === 'canary';
}

function firstWithMembers(...choices: readonly RoutedMember[][]): RoutedMember[] {
  return choices.find((members) => members.length > 0) ?? [];
}
