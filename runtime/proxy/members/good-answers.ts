import type { KindHash } from './request-kind.ts';

/** Time for which a good answer tells that a kind of request can be answered, milliseconds. */
const validMs = 60_000;

export interface GoodAnswersOptions<Member> {
  /** Reports whether a member still serves: the answers of others count no more. */
  readonly serves: (member: Member) => boolean;
  /** Kinds of requests that are remembered at most: at least the half of it that was seen last. Default 2,000. */
  readonly mostKinds?: number;
  /** Members that are remembered for each kind, those seen last. Default 4. */
  readonly mostMembers?: number;
}

interface GoodAnswer<Member> {
  member: Member;
  at: number;
}

/**
 * Members that answered each kind of request well in the last minute and have not failed it since.
 * With it a proxy can tell a bad member from a bad request: what fails everywhere is no member's
 * fault. Its size is bounded. Times are milliseconds of one clock that never goes back.
 */
export class GoodAnswers<Member> {
  readonly #serves: (member: Member) => boolean;
  readonly #mostKinds: number;
  readonly #mostMembers: number;
  /**
   * Kinds that were seen last, and those seen before them. A full map of the newest ones takes the place
   * of the older ones: keeping one map in order would change it with every request, which costs more
   * than all the rest here and makes garbage that only a full collection removes.
   */
  #newest = new Map<KindHash, GoodAnswer<Member>[]>();
  #older = new Map<KindHash, GoodAnswer<Member>[]>();

  constructor({ serves, mostKinds = 2_000, mostMembers = 4 }: GoodAnswersOptions<Member>) {
    this.#serves = serves;
    this.#mostKinds = mostKinds;
    this.#mostMembers = mostMembers;
  }

  /** Number of kinds that are remembered. */
  get size(): number {
    return this.#newest.size + this.#older.size;
  }

  /** Enters that a member answered a request of this kind well. */
  add(kind: KindHash, member: Member, now: number): void {
    const answers = this.#newest.get(kind) ?? this.#renew(kind);
    for (const answer of answers) {
      if (answer.member !== member) continue;
      answer.at = now;
      return;
    }
    if (answers.length < this.#mostMembers) answers.push({ member, at: now });
    else {
      const oldest = answers.reduce((one, other) => (other.at < one.at ? other : one));
      oldest.member = member;
      oldest.at = now;
    }
  }

  /** Enters a kind among the newest ones, with the answers that are remembered of it. */
  #renew(kind: KindHash): GoodAnswer<Member>[] {
    const answers = this.#older.get(kind) ?? [];
    this.#older.delete(kind);
    if (this.#newest.size >= this.#mostKinds / 2) {
      this.#older = this.#newest;
      this.#newest = new Map();
    }
    this.#newest.set(kind, answers);
    return answers;
  }

  /**
   * Takes a member's failure to answer a request of this kind.
   * @returns the time at which another member answered that kind well last, so that the failure is
   * the member's; undefined if none has.
   */
  failed(kind: KindHash, member: Member, now: number): number | undefined {
    const answers = this.#newest.get(kind) ?? this.#older.get(kind);
    if (answers === undefined) return undefined;
    const own = answers.findIndex((answer) => answer.member === member);
    if (own >= 0) answers.splice(own, 1);
    const times = answers
      .filter((answer) => now - answer.at <= validMs && this.#serves(answer.member))
      .map(({ at }) => at);
    return times.length === 0 ? undefined : Math.max(...times);
  }
}
