/** One host of the simulated fleet: its processes share its clock and its cable to Redis. */
export interface VirtualHost {
  readonly name: string;
  /** Milliseconds by which its system clock is ahead of virtual time. */
  clockOffsetMs: number;
}

/** One process of the simulated fleet. Every step of the simulation belongs to at most one. */
export class VirtualProcess {
  readonly name: string;
  readonly host: VirtualHost;
  readonly startedAtMs: number;
  /** Virtual time until which the process is suspended. */
  pausedUntilMs = 0;
  #ended = false;
  readonly #onEnd: (() => void)[] = [];

  constructor(name: string, host: VirtualHost, startedAtMs: number) {
    this.name = name;
    this.host = host;
    this.startedAtMs = startedAtMs;
  }

  get ended(): boolean {
    return this.#ended;
  }

  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  /** Ends at once, like SIGKILL: nothing of it runs any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of this.#onEnd.splice(0)) listener();
  }
}
