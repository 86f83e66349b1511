import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from './child.ts';

const pauseMs = 300;

/** A process that is started again whenever it ends by itself, as a container is. */
export class RestartingChild {
  readonly #startAgain: () => Promise<Child>;
  #child: Child;
  #restarts = 0;

  /** @param startAgain - starts a process whose end is nobody's crash. */
  constructor(child: Child, startAgain: () => Promise<Child>) {
    this.#child = child;
    this.#startAgain = startAgain;
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
        this.#child = await this.#startAgain();
      } catch {
        // Everything is being ended.
        return;
      }
      this.#restarts += 1;
    }
  }
}
