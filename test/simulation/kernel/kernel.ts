import { EventQueue, type SimEvent } from './event-queue.ts';
import { Random } from './random.ts';
import { Trace } from './trace.ts';
import { VirtualProcess, type VirtualHost } from './virtual-process.ts';

/** Virtual time 0 on the calendar, milliseconds since the epoch. */
export const epochMs = 1_700_000_000_000;
/** Steps after which the simulator lets Node report unhandled rejections. */
const breathEvery = 2_000;
/** Events at one moment after which the simulator itself must be wrong. */
const mostAtOnce = 100_000;

/**
 * Owner of virtual time: the only scheduler of a run. One event happens at a time, and all promises
 * that it settles run before the next one, so that `current` is the process of every line of code.
 */
export class Kernel {
  readonly random: Random;
  readonly trace: Trace;
  nowMs = 0;
  /** Process whose code runs now. */
  current: VirtualProcess | undefined;
  readonly #queue = new EventQueue();
  #order = 0;
  /** Events since time passed last. */
  #stuck = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param lines - last lines of the trace to keep. */
  constructor(seed: number, lines: number) {
    this.random = new Random(seed, 'platform');
    this.trace = new Trace(lines);
  }

  /** Lets `run` happen in `delayMs`, in the current process unless another is given. */
  schedule(
    delayMs: number,
    run: () => void,
    process: VirtualProcess | undefined = this.current,
  ): SimEvent {
    const atMs = this.nowMs + Math.max(0, delayMs);
    const event: SimEvent = { atMs, order: this.#order, process, run, isCancelled: false };
    this.#order += 1;
    this.#queue.push(event);
    return event;
  }

  /** Lets `run` happen in `delayMs` outside all processes. */
  scheduleOutside(delayMs: number, run: () => void): SimEvent {
    const before = this.current;
    this.current = undefined;
    const event = this.schedule(delayMs, run);
    this.current = before;
    return event;
  }

  /** Starts a process with `main`, which runs as its first event. */
  start(name: string, host: VirtualHost, main: () => void | Promise<void>): VirtualProcess {
    const process = new VirtualProcess(name, host, this.nowMs);
    const run = () => {
      const running = main();
      if (running !== undefined) running.catch((error: unknown) => this.fail(error));
    };
    this.schedule(0, run, process);
    return process;
  }

  /** Milliseconds since the epoch by the clock of the current process' host. */
  systemMs(): number {
    return Math.floor(epochMs + this.nowMs + (this.current?.host.clockOffsetMs ?? 0));
  }

  /** Adds a step to the trace; only people read its detail. */
  note(text: string, detail?: () => string): void {
    this.trace.add(this.nowMs, text, detail);
  }

  /** Ends the run with an error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Runs all events up to `endMs`.
   * @throws what {@link fail} took.
   */
  async runUntil(endMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      let steps = 0;
      const step = () => {
        steps += 1;
        if (this.#failure !== undefined || !this.#step(endMs)) return resolve();
        // A tick runs once no promise is left that could run: the event is over then.
        if (steps % breathEvery === 0) realImmediate(step);
        else void settled.then(() => realTick(step));
      };
      realTick(step);
    });
    this.current = undefined;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** @returns false if nothing is left to do. */
  #step(endMs: number): boolean {
    const event = this.#queue.next;
    if (event === undefined || event.atMs > endMs) {
      this.nowMs = endMs;
      return false;
    }
    this.#queue.pop();
    if (event.isCancelled || event.process?.ended === true) return true;
    const pausedUntilMs = event.process?.pausedUntilMs ?? 0;
    if (pausedUntilMs > event.atMs) {
      event.atMs = pausedUntilMs;
      this.#queue.push(event);
      return true;
    }
    this.#stuck = event.atMs === this.nowMs ? this.#stuck + 1 : 0;
    if (this.#stuck > mostAtOnce) this.fail(new Error(`time stands still at ${this.nowMs}`));
    this.nowMs = event.atMs;
    this.current = event.process;
    try {
      event.run();
    } catch (error) {
      this.fail(error);
    }
    return true;
  }
}

const realImmediate = setImmediate;
const realTick = process.nextTick.bind(process);
const settled = Promise.resolve();
