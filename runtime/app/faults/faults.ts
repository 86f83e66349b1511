import { setTimeout as delay } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { hundredths, fullShare } from '../../core/routing/weight.ts';
import { problem } from '../../core/input/problem-response.ts';
import type { InjectedFaults } from './injected-faults.ts';
import { MemoryLeak } from './memory-leak.ts';

/**
 * What goes wrong on purpose, for rehearsals of what Perch does then. `/healthz` sees a hang, and
 * ill health alone; the other faults are those that a health check does not find.
 */
export class Faults {
  readonly #leak = new MemoryLeak();
  readonly #crash: () => void;
  #settings: InjectedFaults = {};
  #changed = Promise.withResolvers<void>();
  #crashTimer: NodeJS.Timeout | undefined;
  #errorDebt = 0;

  /** @param options.crash - ends the process without notice. */
  constructor(options: { crash: () => void }) {
    this.#crash = options.crash;
  }

  get settings(): InjectedFaults {
    return this.#settings;
  }

  /** Memory leaked so far, bytes. */
  get leakedBytes(): number {
    return this.#leak.bytes;
  }

  /** From now on these faults and no others. */
  set(settings: InjectedFaults): void {
    this.stop();
    this.#settings = settings;
    this.#leak.start(settings['leak-mib-per-s'] ?? 0);
    const crashAfterMs = settings['crash-after-ms'];
    if (crashAfterMs !== undefined) {
      this.#crashTimer = setTimeout(this.#crash, crashAfterMs).unref();
    }
  }

  /** From now on none. */
  stop(): void {
    this.#settings = {};
    this.#errorDebt = 0;
    this.#leak.stop();
    clearTimeout(this.#crashTimer);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Stands before every route but `/faults`. */
  readonly middleware: MiddlewareHandler = async (c, next) => {
    if (c.req.path === '/faults') return next();
    while (this.#settings.hang === true) await this.#changed.promise;
    if (c.req.path === '/healthz') {
      if (this.#settings.unhealthy !== true) return next();
      return problem(c, 503, 'this member was started to be ill');
    }
    const latencyMs = this.#settings['latency-ms'] ?? 0;
    if (latencyMs > 0) await delay(latencyMs);
    if (this.#failsNow()) {
      return problem(c, 500, 'this member was started to fail');
    }
    return next();
  };

  /** Exact over any 100 requests at a whole share: chance would blur what a rehearsal counts. */
  #failsNow(): boolean {
    this.#errorDebt += hundredths(this.#settings['error-share'] ?? 0);
    if (this.#errorDebt < fullShare) return false;
    this.#errorDebt -= fullShare;
    return true;
  }
}
