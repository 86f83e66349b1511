/** Chooses the member with the fewest requests in flight; equal members take turns. */
export class LeastBusy {
  #turn = 0;

  choose<T extends { readonly inFlight: number }>(members: readonly T[]): T | undefined {
    let best: T | undefined;
    const { length } = members;
    this.#turn = length === 0 ? 0 : (this.#turn + 1) % length;
    for (let offset = 0; offset < length; offset += 1) {
      const member = members[(this.#turn + offset) % length];
      if (member !== undefined && (best === undefined || member.inFlight < best.inFlight)) {
        best = member;
      }
    }
    return best;
  }
}
