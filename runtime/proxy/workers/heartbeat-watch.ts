import { heartbeatMs } from './worker-messages.ts';

/**
 * Notices that a process no longer turns its event loop. It counts its own ticks, not the time: a
 * machine that slept, or a supervisor that was stopped, blames nobody. It waits for a first
 * beat, so that a start may take as long as it takes.
 */
export class HeartbeatWatch {
  readonly #mostTicks: number;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  /** @param onSilent called once, when nothing has come for `silenceMs`. */
  constructor(silenceMs: number, onSilent: () => void) {
    this.#mostTicks = Math.max(1, Math.ceil(silenceMs / heartbeatMs));
    this.#onSilent = onSilent;
  }

  beat(): void {
    this.#ticks = 0;
    this.#timer ??= setInterval(() => this.#tick(), heartbeatMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks <= this.#mostTicks) return;
    this.stop();
    this.#onSilent();
  }
}
