/**
 * Chooses the member with the fewest requests in flight; equal members take turns. Each round of
 * turns begins at a member that chance chooses: a fixed order would give one member all requests of a
 * kind that comes at regular intervals, and so the blame if that kind fails.
 */
export class LeastBusy {
  readonly #random: () => number;
  #turn = 0;
  #left = 0;
  #length = 0;

  /** @param random returns a number from 0 up to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  choose<T extends { readonly inFlight: number }>(members: readonly T[]): T | undefined {
    const { length } = members;
    if (length === 0) return undefined;
    this.#takeTurn(length);
    let best: T | undefined;
    for (let offset = 0; offset < length; offset += 1) {
      const member = members[(this.#turn + offset) % length];
      if (member !== undefined && (best === undefined || member.inFlight < best.inFlight)) {
        best = member;
      }
    }
    return best;
  }

  #takeTurn(length: number): void {
    if (this.#left === 0 || this.#length !== length) {
      this.#turn = Math.floor(this.#random() * length);
      this.#left = length;
      this.#length = length;
    } else {
      this.#turn = (this.#turn + 1) % length;
    }
    this.#left -= 1;
  }
}
