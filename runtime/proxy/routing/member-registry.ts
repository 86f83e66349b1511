import type { Member, ReleaseDocument } from '../../core/release/release-document.ts';
import { RoutedMember } from '../members/routed-member.ts';
import type { WarmUpOptions } from '../members/warm-up.ts';

/**
 * Every member that this proxy knows: the document's, and those that still have requests in flight.
 */
export class MemberRegistry {
  readonly #warmUp: WarmUpOptions;
  /** By {@link identity}: a member that returns under its old id at another URL is a new member. */
  #members = new Map<string, RoutedMember>();

  constructor(warmUp: WarmUpOptions) {
    this.#warmUp = warmUp;
  }

  /** Applies a document; returns its active members. Known members retain their state. */
  update(document: ReleaseDocument): RoutedMember[] {
    const next = new Map<string, RoutedMember>();
    const active: RoutedMember[] = [];
    for (const member of document.members) {
      const key = identity(member);
      const known = this.#members.get(key) ?? new RoutedMember(member, this.#warmUp);
      next.set(key, known);
      if (member.state === 'active') active.push(known);
    }
    for (const [key, member] of this.#members) {
      if (member.inFlight > 0 && !next.has(key)) next.set(key, member);
    }
    this.#members = next;
    return active;
  }

  get members(): Iterable<RoutedMember> {
    return this.#members.values();
  }

  /** Requests in flight per member id. */
  inFlight(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { id, inFlight } of this.members) counts[id] = (counts[id] ?? 0) + inFlight;
    return counts;
  }
}

function identity({ id, track, url }: Member): string {
  return `${id} ${track} ${url}`;
}
