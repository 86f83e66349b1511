import type { Track } from '../../contract/names.ts';
import { affinityPoint, trackFor } from '../../core/routing/affinity.ts';
import { LeastBusy } from '../../core/routing/least-busy.ts';
import { WeightedSplit } from '../../core/routing/weighted-split.ts';
import type { AffinityClient, AffinityClients } from '../clients/affinity-client.ts';
import type { Handler, NoRoute, Route } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { LameDuck } from './lame-duck.ts';
import {
  excludedSplit,
  MemberAttempt,
  type AttemptObservers,
  type RouteClass,
} from './member-attempt.ts';
import type { MemberPool } from './member-pool.ts';
import { RandomDraws } from './random-draws.ts';
import { requestKind } from '../members/request-kind.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import type { RoutingPlan } from './routing-plan.ts';
import type { TrackOverride } from './track-override.ts';

export interface RouterOptions extends AttemptObservers {
  readonly pool: MemberPool;
  readonly override: TrackOverride;
  /** Returns a number from 0 up to 1. Default: unpredictable ones. */
  readonly random?: () => number;
  readonly clients: AffinityClients;
  /** Beginnings of paths of assets, which another version may have. Default: none. */
  readonly assetPaths?: () => readonly string[];
  /** Returns the Host that a request is forwarded with; undefined: the client's. Default: always that. */
  readonly hostFor?: (request: RequestHead) => string | undefined;
  /** Default: the proxy is never one. */
  readonly lameDuck?: Pick<LameDuck, 'refuses'>;
}

const noRoute: NoRoute = { retryAfterSeconds: 1 };
const routeClasses = {
  split: { stable: { kind: 'split', track: 'stable' }, canary: { kind: 'split', track: 'canary' } },
  override: {
    stable: { kind: 'override', track: 'stable' },
    canary: { kind: 'override', track: 'canary' },
  },
} as const satisfies Record<RouteClass['kind'], Record<Track, RouteClass>>;

/** Chooses the member for each request with a few look-ups in the plan; never waits. */
export class Router implements Handler {
  readonly #options: RouterOptions;
  readonly #split: WeightedSplit;
  /** One per list of members: a shared turn would skip members of the longer list. */
  readonly #choices: Readonly<Record<Track | 'retry', LeastBusy>>;
  readonly #next = {
    again: (failed: MemberAttempt) => this.#retry(failed),
    elsewhere: (missing: MemberAttempt) => this.#askElsewhere(missing),
  };

  constructor(options: RouterOptions) {
    this.#options = options;
    const draws = new RandomDraws();
    const { random = () => draws.next() } = options;
    this.#split = new WeightedSplit(random);
    this.#choices = {
      stable: new LeastBusy(random),
      canary: new LeastBusy(random),
      retry: new LeastBusy(random),
    };
  }

  route(request: RequestHead): Route | NoRoute {
    const { plan } = this.#options.pool;
    if (plan === undefined || this.#options.lameDuck?.refuses(request) === true) return noRoute;
    const chosen = this.#options.override.trackFor(request);
    if (chosen !== undefined) return this.#start(plan, request, routeClasses.override[chosen]);
    if (plan.affinity === 'cookie') return this.#startSticky(plan, request);
    return this.#start(plan, request, routeClasses.split[this.#split.next(plan.weight)]);
  }

  #isAsset({ method, target }: RequestHead): boolean {
    const paths = this.#options.assetPaths?.() ?? [];
    if (paths.length === 0 || (method !== 'GET' && method !== 'HEAD')) return false;
    return paths.some((path) => target.startsWith(path));
  }

  #startSticky(plan: RoutingPlan, request: RequestHead): Route | NoRoute {
    const client = this.#options.clients.clientOf(request, plan.rolloutId);
    // Without a key for its cookie the client cannot keep a track.
    const track =
      client === undefined
        ? this.#split.next(plan.weight)
        : trackFor(affinityPoint(plan.rolloutId, client.id), plan.weight);
    return this.#start(plan, request, routeClasses.split[track], client);
  }

  #start(
    plan: RoutingPlan,
    request: RequestHead,
    routeClass: RouteClass,
    client?: AffinityClient,
  ): Route | NoRoute {
    const member = this.#choices[routeClass.track].choose(plan[routeClass.kind][routeClass.track]);
    if (member === undefined) return noRoute;
    const split = routeClass.kind === 'split' ? plan.counted : excludedSplit;
    const kind = requestKind(request.method, request.targetCodes);
    const isAsset = this.#isAsset(request);
    const host = this.#options.hostFor?.(request);
    // Each field by name: to spread an object costs more than all the rest of a choice.
    const assignment = { member, routeClass, kind, split, client, isAsset, host };
    return new MemberAttempt(assignment, this.#options, this.#next);
  }

  /**
   * Chooses another member of the same track by the current plan, on another host if it can. The canary's share falls back to
   * a stable member if there is no other canary, never the reverse. If there is no other member and
   * the connection merely broke, the same member is tried again on a new connection.
   *
   * Retries are excluded from the split's counts: a failure chose their track, not chance. A second
   * attempt on the same track after a stale connection is no retry: it counts in place of the first
   * one, which counts for nothing. It goes to the same member, which then shows whether its idle
   * connection had merely ended, or whether it breaks off requests of this kind; so it may still be
   * followed by a retry. A member that is not available gets none.
   */
  #retry({ assignment, outcome }: MemberAttempt): Route | undefined {
    const { member, routeClass, split } = assignment;
    const { pool } = this.#options;
    const { plan, active } = pool;
    if (plan === undefined) return undefined;
    const fault = outcome?.kind === 'upstream-fault' ? outcome.fault : undefined;
    if (fault === 'stale' && active.includes(member) && pool.isAvailable(member)) {
      return new MemberAttempt(assignment, this.#options, this.#next);
    }
    const { track } = routeClass;
    const isSplitCanary = routeClass === routeClasses.split.canary;
    const other =
      this.#chooseOther(member, plan[routeClass.kind][track]) ??
      this.#chooseOther(member, isSplitCanary ? plan.split.stable : []);
    const broke = fault === 'reset' || fault === 'stale';
    const again = broke && pool.isAvailable(member) ? member : undefined;
    const next =
      other ??
      again ??
      this.#chooseOther(member, plan.spare[track]) ??
      this.#chooseOther(member, isSplitCanary ? plan.spare.stable : []) ??
      (broke ? member : undefined);
    if (next === undefined) return undefined;
    const isCountedInPlace = fault === 'stale' || outcome?.kind === 'own-fault';
    const isFirstCounted = !isCountedInPlace || next.track !== member.track;
    const counted = isFirstCounted ? excludedSplit : split;
    const retried = { ...assignment, member: next, split: counted };
    return new MemberAttempt(retried, this.#options, {});
  }

  /**
   * Chooses a member of another version, or else of the other track, for an asset that the member does
   * not have. Only members that get requests by the plan are asked: a canary without a share is not.
   * The attempt is excluded from the split's counts, as a retry is.
   */
  #askElsewhere(missing: MemberAttempt): MemberAttempt | undefined {
    const { assignment } = missing;
    const { member, routeClass } = assignment;
    const { plan } = this.#options.pool;
    if (plan === undefined) return undefined;
    const canary = plan.weight > 0 ? plan.split.canary : [];
    const serving = [...plan.split.stable, ...canary, ...plan[routeClass.kind][routeClass.track]];
    const { retry } = this.#choices;
    const next =
      retry.choose(serving.filter(({ version }) => version !== member.version)) ??
      retry.choose(serving.filter(({ track }) => track !== member.track));
    if (next === undefined) return undefined;
    const asked = { ...assignment, member: next, split: excludedSplit, isAsset: false };
    return new MemberAttempt(asked, this.#options, { replaces: missing });
  }

  /** Chooses a member on another host if there is one: the host may be what fails. */
  #chooseOther(member: RoutedMember, members: readonly RoutedMember[]): RoutedMember | undefined {
    const { retry } = this.#choices;
    const elsewhere = members.filter(({ upstream }) => upstream.host !== member.upstream.host);
    return retry.choose(elsewhere) ?? retry.choose(members.filter((other) => other !== member));
  }
}
