/**
 * Runs one job every `intervalMs` and on request, never twice at the same time. A request during a
 * run makes the job run once more. The job must not throw.
 */
export class Periodic {
  readonly #job: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  /** True from the start of a run, which may itself request another one before it returns. */
  #isRunning = false;
  #again = false;
  #stopped = false;

  constructor(job: () => Promise<void>, intervalMs: number) {
    this.#job = job;
    this.#timer = setInterval(() => this.#tick(), intervalMs);
  }

  runNow(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** Ends the repetition, ignores later requests, and waits for a running job. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Skips ticks during a run. */
  #tick(): void {
    if (!this.#isRunning) this.runNow();
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#job();
    }
    this.#isRunning = false;
  }
}
