import type { Track } from '../../contract/names.ts';
import { excluded, type SplitWeight } from '../../contract/traffic-fields.ts';
import type { Outcome, Route } from '../http/contract/handler.ts';
import type { MemberPool } from './member-pool.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import type { TrafficCounter } from '../redis/traffic-counter.ts';

/** What attempts report to. */
export interface AttemptObservers {
  readonly pool: Pick<MemberPool, 'succeeded' | 'failed' | 'active'>;
  readonly traffic: Pick<TrafficCounter, 'count'>;
  /** A member did not answer a request. */
  onFault(member: RoutedMember): void;
}

/** Which list of the plan a request is served from. */
export interface RouteClass {
  readonly kind: 'share' | 'forced';
  readonly track: Track;
}

/** Who is to answer a request, and why that one. */
export interface Assignment {
  readonly member: RoutedMember;
  readonly routeClass: RouteClass;
  /** What gave the request to its track, when it was routed. */
  readonly weight: SplitWeight;
  readonly responseFields: readonly string[];
}

/**
 * One attempt to have one request answered by one member.
 *
 * Every attempt counts for the track of the member that it went to, a retried one too: a client
 * that was spared a failure by the retry is no reason to hide it from the judge. A client that
 * goes away counts for nobody, nor does a kept connection that its member was just closing.
 */
export class MemberAttempt implements Route {
  readonly member: RoutedMember;
  readonly routeClass: RouteClass;
  readonly responseFields: readonly string[];
  readonly #weight: SplitWeight;
  readonly #observers: AttemptObservers;
  readonly #again: ((failed: MemberAttempt) => Route | undefined) | undefined;
  #outcome: Outcome | undefined;

  /** @param again finds the one retry; undefined when this is it. */
  constructor(
    { member, routeClass, weight, responseFields }: Assignment,
    observers: AttemptObservers,
    again: ((failed: MemberAttempt) => Route | undefined) | undefined,
  ) {
    this.member = member;
    this.routeClass = routeClass;
    this.responseFields = responseFields;
    this.#weight = weight;
    this.#observers = observers;
    this.#again = again;
    member.inFlight += 1;
  }

  get upstream() {
    return this.member.upstream;
  }

  /** How the attempt ended, undefined while it runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  retry(): Route | undefined {
    return this.#again?.(this);
  }

  done(outcome: Outcome): void {
    this.#outcome = outcome;
    const { member } = this;
    const { pool, traffic } = this.#observers;
    switch (outcome.kind) {
      case 'answered': {
        const failed = outcome.status >= 500;
        member.stats.answered(outcome.status, outcome.durationMs);
        traffic.count(this.#countedAs(), member.track, failed, outcome.durationMs);
        if (failed) pool.failed(member);
        else pool.succeeded(member);
        return;
      }
      case 'upstream-fault':
        member.stats.faults[outcome.fault] += 1;
        this.#observers.onFault(member);
        if (outcome.fault === 'stale') return;
        traffic.count(this.#countedAs(), member.track, true, outcome.durationMs);
        pool.failed(member);
        return;
      case 'client-gone':
        member.stats.clientAborts += 1;
    }
  }

  /**
   * What a canary answers, or fails to, after it was taken out is not for the next one to answer
   * for, whose trial may have begun meanwhile with the same weight.
   */
  #countedAs(): SplitWeight {
    const { member } = this;
    const { active } = this.#observers.pool;
    return member.track === 'canary' && !active.includes(member) ? excluded : this.#weight;
  }

  closed(): void {
    this.member.inFlight -= 1;
  }
}
