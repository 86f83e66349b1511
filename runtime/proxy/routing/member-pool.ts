// The global one is an accessor, which costs each request a call.
import { performance } from 'node:perf_hooks';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { GoodAnswers } from '../members/good-answers.ts';
import type { KindHash } from '../members/request-kind.ts';
import { MemberRegistry } from './member-registry.ts';
import type { UpstreamFault } from '../http/contract/handler.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import { routingPlan, type RoutingPlan } from './routing-plan.ts';

/**
 * Fraction of the stable members that outlier ejection may eject at the same time; at least one may
 * be (Envoy's `max_ejection_percent`, larger because fleets are smaller here). Health checks have
 * no such bound: a member that does not answer them serves nobody.
 */
const mostEjectedShare = 0.5;

export interface MemberPoolOptions {
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Duration of each member's warm-up, milliseconds. Default 0: none. */
  readonly warmUpMs?: number;
  /** Called when failures eject a member for `forMs` milliseconds. */
  readonly onEjected?: (member: RoutedMember, forMs: number) => void;
}

/** The members that take requests now, by the applied document and the members' health. */
export class MemberPool {
  readonly registry: MemberRegistry;
  readonly #now: () => number;
  readonly #onEjected: (member: RoutedMember, forMs: number) => void;
  readonly #goodAnswers = new GoodAnswers<RoutedMember>({
    serves: (member) => this.#active.includes(member),
  });
  #document: ReleaseDocument | undefined;
  #active: readonly RoutedMember[] = [];
  #plan: RoutingPlan | undefined;
  #withheld = false;

  constructor({
    now = () => performance.now(),
    warmUpMs = 0,
    onEjected = () => {},
  }: MemberPoolOptions = {}) {
    this.registry = new MemberRegistry({ durationMs: warmUpMs, now });
    this.#now = now;
    this.#onEjected = onEjected;
  }

  /** Undefined until the first document. */
  get plan(): RoutingPlan | undefined {
    return this.#plan;
  }

  /** The document's active members, healthy or not. */
  get active(): readonly RoutedMember[] {
    return this.#active;
  }

  apply(document: ReleaseDocument): void {
    this.#document = document;
    this.#active = this.registry.update(document);
    this.#compile();
  }

  /** Gives the canary's share to stable, or back to the canary. */
  withhold(withheld: boolean): void {
    this.#withheld = withheld;
    this.#compile();
  }

  isAvailable(member: RoutedMember): boolean {
    return member.isAvailable(this.#now());
  }

  probed(member: RoutedMember, passed: boolean): boolean {
    const changed = member.probed(passed, this.#now());
    if (changed) this.#compile();
    return changed;
  }

  /**
   * Takes one answer of a member. An answer of 5xx may eject it, but only if another member answers
   * requests of this kind well: one that fails everywhere says nothing about the member. Nor does one
   * that may fail everywhere since the member's first failure in a row.
   */
  answered(member: RoutedMember, status: number, kind: KindHash): void {
    const now = this.#now();
    if (status < 500) {
      this.#goodAnswers.add(kind, member, now);
      member.succeeded();
      return;
    }
    const goodElsewhereAt = this.#goodAnswers.failed(kind, member, now);
    if (goodElsewhereAt === undefined) return;
    if (member.failed('answer', now, goodElsewhereAt)) this.#eject(member, 'answer', now);
  }

  /** Takes one request that a member did not answer, which may eject it. */
  unanswered(member: RoutedMember, fault: UpstreamFault): void {
    const now = this.#now();
    if (member.failed(fault, now)) this.#eject(member, fault, now);
  }

  /** Ejects a member, unless the others cannot do without it. */
  #eject(member: RoutedMember, fault: UpstreamFault | 'answer', now: number): void {
    if (!this.#canSpare(member, now)) return;
    this.#onEjected(member, member.eject(fault, now));
    this.#compile();
  }

  /**
   * Returns members to the plan whose ejection has ended, and forgets removed members whose last
   * request has ended. To be called about once a second.
   */
  refresh(): void {
    if (this.#document !== undefined) this.apply(this.#document);
  }

  #compile(): void {
    if (this.#document === undefined) return;
    this.#plan = routingPlan(this.#document, this.#active, {
      now: this.#now(),
      withheld: this.#withheld,
    });
  }

  /**
   * True if the other members can take over this member's requests. Ejected stable members push
   * their load onto the rest, which may then fail as well: so only a fraction of them may be
   * ejected at a time, and never the last available one. The canary's requests always have stable
   * to go to.
   */
  #canSpare(member: RoutedMember, now: number): boolean {
    if (member.track === 'canary') return true;
    const stable = this.#active.filter(({ track }) => track === 'stable');
    const ejected = stable.filter((other) => other.health(now) === 'ejected').length;
    const isLast = !stable.some((other) => other !== member && other.isAvailable(now));
    return !isLast && ejected < Math.max(1, Math.floor(stable.length * mostEjectedShare));
  }
}
