/** The newest times are enough: what looks at them looks back a few minutes. */
const kept = 20;

/** When something happened to each of several things. */
export class RecentTimes {
  readonly #times = new Map<string, number[]>();

  add(id: string, at: number, count = 1): void {
    const times = this.#times.get(id) ?? [];
    for (let index = 0; index < Math.min(count, kept); index += 1) times.push(at);
    this.#times.set(id, times.slice(-kept));
  }

  /** Oldest first. */
  of(id: string): number[] {
    return [...(this.#times.get(id) ?? [])];
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#times.keys()) if (!ids.has(id)) this.#times.delete(id);
  }
}
