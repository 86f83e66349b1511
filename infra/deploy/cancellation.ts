import { constants } from 'node:os';
import { PerchError } from '../../runtime/contract/perch-error.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;
type CancelSignal = (typeof signals)[number];

/**
 * Cancels a deployment in an orderly way on SIGINT or SIGTERM: Pulumi ends what it has begun, stores
 * its state and gives up its lock. Without it this process would end at once, and Pulumi with it, in
 * the middle of a step.
 */
export class Cancellation implements Disposable {
  readonly #any = new AbortController();
  readonly #forPulumi = new AbortController();
  readonly #say: (line: string) => void;
  readonly #hasTerminal: boolean;
  #received: CancelSignal | undefined;

  /**
   * @param say prints one line.
   * @param hasTerminal true if a terminal sends this process its SIGINT.
   */
  constructor(say: (line: string) => void, hasTerminal = process.stdin.isTTY) {
    this.#say = say;
    this.#hasTerminal = hasTerminal;
    for (const signal of signals) process.on(signal, this.#receive);
  }

  readonly #receive = (signal: CancelSignal): void => {
    if (this.#received !== undefined) {
      this.#say(`${signal}: still stopping; Pulumi ends what it has begun`);
      return;
    }
    this.#received = signal;
    this.#say(`${signal}: stopping`);
    this.#any.abort();
    // A terminal sends Ctrl-C to Pulumi too, and a second SIGINT would end Pulumi in the middle of a step.
    if (signal === 'SIGTERM' || !this.#hasTerminal) this.#forPulumi.abort();
  };

  /** Aborts when the deployment is cancelled. */
  get signal(): AbortSignal {
    return this.#any.signal;
  }

  /** Aborts when Pulumi must be told so. */
  get signalForPulumi(): AbortSignal {
    return this.#forPulumi.signal;
  }

  /** Signal that cancelled the deployment. Undefined: none did. */
  get received(): CancelSignal | undefined {
    return this.#received;
  }

  /** Exit code of a process that the signal ended, as shells count it. Undefined: not cancelled. */
  get exitCode(): number | undefined {
    return this.#received && 128 + constants.signals[this.#received];
  }

  /** @throws PerchError `process_failed` if the deployment was cancelled, which has changed nothing yet. */
  requireNone(): void {
    if (this.#received === undefined) return;
    throw new PerchError('process_failed', `nothing was changed: cancelled by ${this.#received}`);
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#receive);
  }
}
