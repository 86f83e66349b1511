/**
 * Runs one job again and again, never twice at once: every `intervalMs`, and at once when asked.
 * A request that comes while the job runs makes it run once more. The job must not throw.
 */
export class Periodic {
  readonly #job: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(job: () => Promise<void>, intervalMs: number) {
    this.#job = job;
    this.#timer = setInterval(() => this.#tick(), intervalMs);
  }

  runNow(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Ends the repetition, also for those who ask, and waits for a job that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** A job that takes longer than the interval is not hurried. */
  #tick(): void {
    if (this.#running === undefined) this.runNow();
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#job();
    }
    this.#running = undefined;
  }
}
