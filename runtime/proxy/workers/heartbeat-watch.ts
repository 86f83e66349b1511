import { heartbeatMs } from './worker-messages.ts';

/**
 * Detects that a process's event loop is blocked. It counts its own ticks instead of measuring
 * time, so that a machine that slept, or a supervisor that was stopped, causes no false alarm. It
 * waits for the first heartbeat, so that a start may take any time.
 */
export class HeartbeatWatch {
  readonly #mostTicks: number;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  /** @param onSilent called once, after `silenceMs` without a heartbeat. */
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
