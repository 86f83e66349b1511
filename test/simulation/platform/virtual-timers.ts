import { isSimulating, platform } from './platform.ts';
import type { SimEvent } from '../kernel/event-queue.ts';

/** Stands in for Node's Timeout. */
class VirtualTimeout {
  readonly #run: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #event: SimEvent | undefined;

  constructor(run: () => void, delayMs: number, repeats: boolean) {
    this.#run = run;
    this.#delayMs = Math.max(1, delayMs);
    this.#repeats = repeats;
    this.#schedule();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.close();
    this.#schedule();
    return this;
  }

  close(): this {
    if (this.#event !== undefined) this.#event.isCancelled = true;
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #schedule(): void {
    this.#event = platform().kernel.schedule(this.#delayMs, () => {
      if (this.#repeats) this.#schedule();
      this.#run();
    });
  }
}

type Callback = (...args: unknown[]) => void;

export function virtualTimeout(run: Callback, delayMs = 0, ...args: unknown[]): VirtualTimeout {
  return new VirtualTimeout(() => run(...args), delayMs, false);
}

export function virtualInterval(run: Callback, delayMs = 0, ...args: unknown[]): VirtualTimeout {
  return new VirtualTimeout(() => run(...args), delayMs, true);
}

export function clearVirtual(timer: unknown): void {
  if (timer instanceof VirtualTimeout) timer.close();
}

/** Stands in for `setTimeout` of `node:timers/promises`. */
export function virtualDelay<Value>(
  delayMs = 0,
  value?: Value,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Value | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
  const timer = new VirtualTimeout(() => resolve(value), delayMs, false);
  const aborted = () => {
    timer.close();
    reject(new DOMException('The operation was aborted', 'AbortError'));
  };
  if (signal?.aborted === true) aborted();
  signal?.addEventListener('abort', aborted, { once: true });
  return promise;
}

/** Milliseconds of the clock of the current process that never goes back. */
export function virtualNow(): number {
  if (!isSimulating()) return 0;
  const { kernel } = platform();
  return kernel.nowMs - (kernel.current?.startedAtMs ?? 0);
}
