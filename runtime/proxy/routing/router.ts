import type { Track } from '../../contract/names.ts';
import { unsplit } from '../../contract/traffic-fields.ts';
import { affinityPoint, trackFor } from '../../core/routing/affinity.ts';
import { MemberChoice } from '../../core/routing/least-busy.ts';
import { TrackSplit } from '../../core/routing/weighted-split.ts';
import { clientIdCookie, clientIdIn, newClientId } from './affinity-cookie.ts';
import type { Handler, NoRoute, Route } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import { MemberAttempt, type AttemptObservers, type Lane } from './member-attempt.ts';
import type { Rotation } from './member-pool.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import type { RoutingPlan } from './routing-plan.ts';
import type { TrackOverride } from './track-override.ts';

export interface RouterOptions extends AttemptObservers {
  readonly rotation: Rotation;
  readonly override: TrackOverride;
}

const noRoute: NoRoute = { retryAfterSeconds: 1 };
const noFields: readonly string[] = [];
const lanes = {
  share: { stable: { kind: 'share', track: 'stable' }, canary: { kind: 'share', track: 'canary' } },
  forced: {
    stable: { kind: 'forced', track: 'stable' },
    canary: { kind: 'forced', track: 'canary' },
  },
} as const satisfies Record<Lane['kind'], Record<Track, Lane>>;

/** Decides for each request which member answers it: a few look-ups in the plan, never a wait. */
export class Router implements Handler {
  readonly #options: RouterOptions;
  readonly #split = new TrackSplit();
  /** One for each list of members: a turn that lists share would skip members of the longer one. */
  readonly #choices = {
    stable: new MemberChoice(),
    canary: new MemberChoice(),
    retry: new MemberChoice(),
  };
  readonly #again = (failed: MemberAttempt) => this.#retry(failed);

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  route(request: RequestHead): Route | NoRoute {
    const { plan } = this.#options.rotation;
    if (plan === undefined) return noRoute;
    const forced = this.#options.override.trackFor(request);
    if (forced !== undefined) return this.#start(plan, lanes.forced[forced], noFields);
    if (plan.affinity === 'cookie') return this.#startSticky(plan, request);
    return this.#start(plan, lanes.share[this.#split.next(plan.weight)], noFields);
  }

  #startSticky(plan: RoutingPlan, request: RequestHead): Route | NoRoute {
    const known = clientIdIn(request.field('cookie'));
    const client = known ?? newClientId();
    const track = trackFor(affinityPoint(plan.rolloutId, client), plan.weight);
    const fields =
      known === undefined ? ['Set-Cookie', clientIdCookie(client, request.https)] : noFields;
    return this.#start(plan, lanes.share[track], fields);
  }

  #start(plan: RoutingPlan, lane: Lane, responseFields: readonly string[]): Route | NoRoute {
    const member = this.#choices[lane.track].choose(plan[lane.kind][lane.track]);
    if (member === undefined) return noRoute;
    const weight = lane.kind === 'share' ? plan.effectiveWeight : unsplit;
    const assignment = { member, lane, weight, responseFields };
    return new MemberAttempt(assignment, this.#options, this.#again);
  }

  /**
   * Another member of the same track, by the plan as it is now; for the canary's share a stable
   * one when there is no other canary, but never the other way round. When there is nobody else
   * and the connection merely broke, the same member again: a new connection may do better.
   *
   * A retry counts as unsplit: it came to its track because something had failed, not by chance.
   */
  #retry({ member, lane, responseFields, outcome }: MemberAttempt): Route | undefined {
    const { plan } = this.#options.rotation;
    if (plan === undefined) return undefined;
    const other =
      this.#choices.retry.choose(without(member, plan[lane.kind][lane.track])) ??
      this.#choices.retry.choose(
        without(member, lane === lanes.share.canary ? plan.share.stable : []),
      );
    const fault = outcome?.kind === 'upstream-fault' ? outcome.fault : undefined;
    const broke = fault === 'reset' || fault === 'stale';
    const next = other ?? (broke ? member : undefined);
    if (next === undefined) return undefined;
    const assignment = { member: next, lane, weight: unsplit, responseFields } as const;
    return new MemberAttempt(assignment, this.#options, undefined);
  }
}

function without(member: RoutedMember, members: readonly RoutedMember[]): RoutedMember[] {
  return members.filter((other) => other !== member);
}
