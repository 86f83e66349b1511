import type { ChallengeAnswer } from './order-messages.ts';

/** Answers to http-01 challenges, in memory: no request waits for Redis. */
export class ChallengeAnswers {
  #answers: ReadonlyMap<string, string> = new Map();

  /** Tokens that it answers, sorted. */
  get tokens(): readonly string[] {
    return [...this.#answers.keys()].sort();
  }

  /** Returns the key authorization of a token; undefined if no order asks for it. */
  answer(token: string): string | undefined {
    return this.#answers.get(token);
  }

  /** @returns true if that changed something. */
  replace(challenges: readonly ChallengeAnswer[]): boolean {
    const before = this.tokens.join();
    this.#answers = new Map(
      challenges.map(({ token, keyAuthorization }) => [token, keyAuthorization]),
    );
    return this.tokens.join() !== before;
  }
}
