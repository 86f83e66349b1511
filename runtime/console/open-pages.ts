/** Pages that people have open at a time. */
export class OpenPages {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most - pages of one person. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more page; returns false if the person has as many as one may have. */
  open(person: string): boolean {
    const open = this.#open.get(person) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(person, open + 1);
    return true;
  }

  close(person: string): void {
    const open = this.#open.get(person) ?? 0;
    if (open > 1) this.#open.set(person, open - 1);
    else this.#open.delete(person);
  }
}
