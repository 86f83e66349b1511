import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { MemberRegistry } from './member-registry.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import { routingPlan, type RoutingPlan } from './routing-plan.ts';

/**
 * Of the stable members that failures may eject at the same time, but one always may (Envoy's
 * `max_ejection_percent`, larger as fleets here are smaller). Health checks know no such bound:
 * who does not answer them helps nobody.
 */
const mostEjectedShare = 0.5;

export interface MemberPoolOptions {
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** A member was ejected by its failures, for so many milliseconds. */
  readonly onEjected?: (member: RoutedMember, forMs: number) => void;
}

/** Which members take requests now: the applied document seen through the members' health. */
export class MemberPool {
  readonly registry = new MemberRegistry();
  readonly #now: () => number;
  readonly #onEjected: (member: RoutedMember, forMs: number) => void;
  #document: ReleaseDocument | undefined;
  #active: readonly RoutedMember[] = [];
  #plan: RoutingPlan | undefined;

  constructor({ now = () => performance.now(), onEjected = () => {} }: MemberPoolOptions = {}) {
    this.#now = now;
    this.#onEjected = onEjected;
  }

  /** Undefined until the first document. */
  get plan(): RoutingPlan | undefined {
    return this.#plan;
  }

  /** The members that the document wants to have requests, healthy or not. */
  get active(): readonly RoutedMember[] {
    return this.#active;
  }

  apply(document: ReleaseDocument): void {
    this.#document = document;
    this.#active = this.registry.update(document);
    this.#compile();
  }

  isAvailable(member: RoutedMember): boolean {
    return member.isAvailable(this.#now());
  }

  probed(member: RoutedMember, passed: boolean): boolean {
    const changed = member.probed(passed);
    if (changed) this.#compile();
    return changed;
  }

  succeeded(member: RoutedMember): void {
    member.succeeded();
  }

  /** Takes a failed request of a member, which may eject it. */
  failed(member: RoutedMember): void {
    const now = this.#now();
    if (!member.failed(now) || !this.#canSpare(member, now)) return;
    this.#onEjected(member, member.eject(now));
    this.#compile();
  }

  /**
   * Lets members whose ejection is over have requests again, and forgets those that have left and
   * answered their last one. To be called about once a second.
   */
  refresh(): void {
    if (this.#document !== undefined) this.apply(this.#document);
  }

  #compile(): void {
    if (this.#document === undefined) return;
    this.#plan = routingPlan(this.#document, this.#active, this.#now());
  }

  /**
   * Whether the others can take a member's requests over. Stable ones that are out push their load
   * on to the rest, which then fails in its turn: so only some of them may be ejected at a time,
   * and never the last that is available. What the canary loses, stable takes.
   */
  #canSpare(member: RoutedMember, now: number): boolean {
    if (member.track === 'canary') return true;
    const stable = this.#active.filter(({ track }) => track === 'stable');
    const ejected = stable.filter((other) => other.health(now) === 'ejected').length;
    const isLast = !stable.some((other) => other !== member && other.isAvailable(now));
    return !isLast && ejected < Math.max(1, Math.floor(stable.length * mostEjectedShare));
  }
}
