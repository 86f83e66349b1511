/** Number of times kept for each thing; rules look back a few minutes only. */
const mostTimes = 20;

/** Recent times of an event, such as a restart, for each of several things. */
export class RecentTimes {
  readonly #times = new Map<string, number[]>();

  add(id: string, at: number, count = 1): void {
    const times = this.#times.get(id) ?? [];
    for (let index = 0; index < Math.min(count, mostTimes); index += 1) times.push(at);
    this.#times.set(id, times.slice(-mostTimes));
  }

  /** Oldest first. */
  of(id: string): number[] {
    return [...(this.#times.get(id) ?? [])];
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#times.keys()) if (!ids.has(id)) this.#times.delete(id);
  }
}
