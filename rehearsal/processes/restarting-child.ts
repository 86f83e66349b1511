import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from './child.ts';

const pauseMs = 300;

/** Process that is restarted whenever it ends by itself, like a container. */
export class RestartingChild {
  readonly #restart: () => Promise<Child>;
  #child: Child;
  #restarts = 0;

  /** @param restart starts the process again; its end must not count as a crash. */
  constructor(child: Child, restart: () => Promise<Child>) {
    this.#child = child;
    this.#restart = restart;
    void this.#keep();
  }

  get restarts(): number {
    return this.#restarts;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#child.exited;
      if (this.#child.stopping) return;
      await delay(pauseMs);
      try {
        this.#child = await this.#restart();
      } catch {
        // The rehearsal is ending.
        return;
      }
      this.#restarts += 1;
    }
  }
}
