import type { Clock } from '../socket/clock.ts';

/** Connection that may wait for its client's next request. */
interface MaybeIdle {
  /** Milliseconds of the clock since which it waits for a request; undefined while it does not. */
  readonly idleSince: number | undefined;
}

/**
 * Finds the connections that have been idle for longest. Nothing is recorded while connections come
 * and go: they are searched only when one is wanted, and once for all that are wanted within a tick
 * of the clock.
 */
export class IdleConnections<Connection extends MaybeIdle> {
  readonly #clock: Clock;
  readonly #all: () => readonly Connection[];
  /** Those found last, the longest idle at the end. */
  #found: Connection[] = [];
  #foundAt = Number.NEGATIVE_INFINITY;

  /** @param all returns all connections. */
  constructor(clock: Clock, all: () => readonly Connection[]) {
    this.#clock = clock;
    this.#all = all;
  }

  /** Takes the connection that has been idle for longest, undefined if none is. */
  take(): Connection | undefined {
    if (this.#foundAt !== this.#clock.now) this.#search();
    let longest = this.#found.pop();
    while (longest !== undefined && longest.idleSince === undefined) longest = this.#found.pop();
    return longest;
  }

  #search(): void {
    this.#foundAt = this.#clock.now;
    this.#found = this.#all()
      .filter(({ idleSince }) => idleSince !== undefined)
      .sort((a, b) => (b.idleSince ?? 0) - (a.idleSince ?? 0));
  }
}
