import type { Track } from '../../contract/names.ts';
import { excluded, type Split } from '../../contract/traffic-fields.ts';
import type { Outcome, Route } from '../http/contract/handler.ts';
import type { MemberPool } from './member-pool.ts';
import type { KindHash } from '../members/request-kind.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import type { AttemptResult } from '../clients/attempt-result.ts';
import type { TrafficCounter } from '../redis/traffic-counter.ts';
import type { AffinityClient } from '../clients/affinity-client.ts';

/** Receivers of an attempt's outcome. */
export interface AttemptObservers {
  readonly pool: Pick<MemberPool, 'answered' | 'unanswered' | 'active'>;
  readonly traffic: Pick<TrafficCounter, 'count' | 'countCold' | 'countClient'>;
  /** Called when a member did not answer a request. */
  onFault(member: RoutedMember): void;
  /** Called when this machine could not connect to a member by a fault of its own. */
  onOwnFault(): void;
}

/** The list of the plan that serves a request: chosen by the split or by a tester's override. */
export interface RouteClass {
  readonly kind: 'split' | 'override';
  readonly track: Track;
}

/** Choice of a member for a request. */
export interface Assignment {
  readonly member: RoutedMember;
  readonly routeClass: RouteClass;
  readonly kind: KindHash;
  /** The split that routed the request; its weight is `excluded` if the split did not choose. */
  readonly split: Split;
  /** Client that keeps its track; undefined without affinity. */
  readonly client?: AffinityClient | undefined;
  /** True if another version is asked for what the member does not have. Default false. */
  readonly isAsset?: boolean;
  /** Host that the request is forwarded with. Default: the client's. */
  readonly host?: string | undefined;
}

/** Ways on from an attempt; none without them. */
export interface NextAttempts {
  /** Finds the one retry. */
  readonly again?: ((failed: MemberAttempt) => Route | undefined) | undefined;
  /** Finds the attempt at another version. */
  readonly elsewhere?: ((missing: MemberAttempt) => MemberAttempt | undefined) | undefined;
  /** Attempt whose 404 this one replaces if it finds more. */
  readonly replaces?: MemberAttempt;
}

const noFields: readonly string[] = [];

/**
 * One attempt to have one request answered by one member.
 *
 * Every attempt counts for the track of its member, even if it is retried: the retry hides a
 * failure from the client, but must not hide it from the judge. An attempt that its client gave up
 * while it waited for the member counts as abandoned. An attempt does not count if it ended by the
 * fault of its client or of this machine, or if the member was just closing an idle connection.
 *
 * A 404 for an asset counts for nobody if another version has the asset: its page came from there, so
 * it says nothing of this member. If no version has it, the first 404 counts as any other.
 */
export class MemberAttempt implements Route {
  readonly assignment: Assignment;
  readonly #isWarmUp: boolean;
  readonly #observers: AttemptObservers;
  readonly #next: NextAttempts;
  #outcome: Outcome | undefined;
  /** True while another attempt decides whether the outcome counts. */
  #isReplaced = false;

  constructor(assignment: Assignment, observers: AttemptObservers, next: NextAttempts) {
    this.assignment = assignment;
    this.#observers = observers;
    this.#next = next;
    this.#isWarmUp = assignment.member.startRequest();
  }

  get member() {
    return this.assignment.member;
  }

  get upstream() {
    return this.member.upstream;
  }

  get host() {
    return this.assignment.host;
  }

  responseFields(status: number): readonly string[] {
    const { client } = this.assignment;
    if (client === undefined) return noFields;
    return client.responseFields(this.#isExcluded ? undefined : status);
  }

  /** The attempt's outcome; undefined while it runs. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  retry(): Route | undefined {
    return this.#next.again?.(this);
  }

  instead(status: number): Route | undefined {
    if (status !== 404 || this.assignment.isAsset !== true) return undefined;
    const other = this.#next.elsewhere?.(this);
    this.#isReplaced = other !== undefined;
    return other;
  }

  done(outcome: Outcome): void {
    this.#outcome = outcome;
    if (this.#isReplaced) return;
    this.#next.replaces?.settle(outcome);
    this.#report(outcome);
  }

  /** Counts the 404 that another attempt was to replace, if that found nothing either. */
  settle(other: Outcome): void {
    const isMissing = other.kind === 'answered' && other.status >= 400;
    if (this.#outcome === undefined || !(isMissing || other.kind === 'upstream-fault')) return;
    this.#report(this.#outcome);
  }

  #report(outcome: Outcome): void {
    const { member } = this;
    const { pool } = this.#observers;
    switch (outcome.kind) {
      case 'answered': {
        member.stats.answered(outcome.status, outcome.durationMs);
        if (outcome.calledFailure) member.stats.calledFailure();
        this.#count(resultOf(outcome), outcome.durationMs);
        // A member that answers 2xx can be reached, whatever it thinks of its answer.
        pool.answered(member, outcome.status, this.assignment.kind);
        return;
      }
      case 'upstream-fault':
        member.stats.faulted(outcome.fault);
        this.#observers.onFault(member);
        if (outcome.fault === 'stale') return;
        this.#count('failed', outcome.durationMs);
        pool.unanswered(member, outcome.fault);
        return;
      case 'own-fault':
        this.#observers.onOwnFault();
        return;
      case 'abandoned':
        member.stats.abandoned();
        this.#count('abandoned', outcome.durationMs);
        return;
      case 'client-gone':
        member.stats.clientAborted();
        this.#countClient('abandoned', outcome.durationMs);
    }
  }

  #count(result: AttemptResult, durationMs: number): void {
    const { traffic } = this.#observers;
    // A failure chose the member of a retry, and a tester may aim at one track.
    if (this.assignment.split.weight !== excluded) this.member.stats.compare(result);
    const split = this.#countedSplit();
    if (this.#isWarmUp) traffic.countCold(split, this.member.track, result, durationMs);
    else traffic.count(split, this.member.track, result, durationMs);
    // Answers in a warm-up are not slow. Without them, what its clients gave up would be all of it.
    const isExcused = this.#isWarmUp && result !== 'abandoned';
    this.#countClient(result, isExcused ? 0 : durationMs);
  }

  #countClient(result: AttemptResult, durationMs: number): void {
    const { client, member, split } = this.assignment;
    if (client === undefined || this.#isExcluded) return;
    const { id: clientId, hits } = client;
    const { track } = member;
    this.#observers.traffic.countClient({ clientId, hits, split, track, result, durationMs });
  }

  /**
   * Split that the attempt counts for. Outcomes of a canary that is no longer active are excluded,
   * because the next canary's trial may have begun at the same weight and must not include them.
   */
  #countedSplit(): Split {
    return this.#isExcluded ? excludedSplit : this.assignment.split;
  }

  get #isExcluded(): boolean {
    const { member, split } = this.assignment;
    if (split.weight === excluded) return true;
    return member.track === 'canary' && !this.#observers.pool.active.includes(member);
  }

  closed(): void {
    this.member.endRequest();
  }
}

/** Split of requests that something else than a split routed. */
export const excludedSplit: Split = { weight: excluded };

function resultOf({ status, calledFailure }: Outcome & { kind: 'answered' }): AttemptResult {
  if (status >= 500 || calledFailure) return 'failed';
  return status >= 400 ? 'rejected' : 'served';
}
