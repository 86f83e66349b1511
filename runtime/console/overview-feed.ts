import { setTimeout as delay } from 'node:timers/promises';
import type { Overview } from './overview.ts';

/** Name of a part of the overview, and the part as JSON. */
export type ChangedPart = readonly [name: string, json: string];

export interface OverviewFeedOptions {
  /** Reads the overview; never throws. */
  readonly read: () => Promise<Overview>;
  /** Pause between two reads, milliseconds. Default 500. */
  readonly everyMs?: number;
}

interface KnownPart {
  readonly json: string;
  /** Number of the read that found it so. */
  readonly read: number;
}

/**
 * Overview as it changes, for all open pages: while there is one, it is read twice a second, and each
 * page gets the parts that have changed since it got the last ones. A slow page skips what it missed.
 */
export class OverviewFeed {
  readonly #options: Required<OverviewFeedOptions>;
  readonly #parts = new Map<string, KnownPart>();
  readonly #stopping = new AbortController();
  #reads = 0;
  #followers = 0;
  #wakes: (() => void)[] = [];
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;

  constructor({ read, everyMs = 500 }: OverviewFeedOptions) {
    this.#options = { read, everyMs };
  }

  /** Number of open pages. */
  get followers(): number {
    return this.#followers;
  }

  /** Yields after every read, also if nothing has changed, until `signal` aborts or the feed stops. */
  async *follow(signal: AbortSignal): AsyncGenerator<readonly ChangedPart[]> {
    this.#followers += 1;
    const wake = () => this.#wakeAll();
    signal.addEventListener('abort', wake, { once: true });
    let known = 0;
    try {
      this.#startReading();
      while (!signal.aborted && !this.#stopping.signal.aborted) {
        // The parts are gone while nobody follows, because they grow old.
        if (this.#reads === known || this.#parts.size === 0) {
          await new Promise<void>((resolve) => this.#wakes.push(resolve));
          continue;
        }
        const since = known;
        known = this.#reads;
        yield [...this.#parts]
          .filter(([, { read }]) => read > since)
          .map(([name, { json }]) => [name, json] as const);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#followers -= 1;
    }
  }

  /** Ends all that follow, and waits for a running read. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeAll();
    await this.#reading;
  }

  #startReading(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#reading = this.#readWhileFollowed();
  }

  async #readWhileFollowed(): Promise<void> {
    const { read, everyMs } = this.#options;
    const { signal } = this.#stopping;
    while (this.#followers > 0 && !signal.aborted) {
      this.#take(await read());
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
    this.#parts.clear();
    this.#isReading = false;
    // A page may have come during the last pause.
    if (this.#followers > 0 && !signal.aborted) this.#startReading();
  }

  #take(overview: Overview): void {
    this.#reads += 1;
    for (const [name, part] of Object.entries(overview)) {
      const json = JSON.stringify(part);
      if (this.#parts.get(name)?.json !== json) this.#parts.set(name, { json, read: this.#reads });
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    const wakes = this.#wakes;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }
}
