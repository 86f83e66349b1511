/** Pages that one person may have open at a time. */
export const mostPages = 20;

/** Pages that people have open. */
export class OpenPages {
  readonly #open = new Map<string, number>();

  /** Counts one more page; returns false if the person has as many as one may have. */
  open(person: string): boolean {
    const open = this.#open.get(person) ?? 0;
    if (open >= mostPages) return false;
    this.#open.set(person, open + 1);
    return true;
  }

  close(person: string): void {
    const open = this.#open.get(person) ?? 0;
    if (open > 1) this.#open.set(person, open - 1);
    else this.#open.delete(person);
  }
}
