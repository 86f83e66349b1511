import { setTimeout as delay } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { hundredths, fullShare } from '../../core/routing/weight.ts';
import { problem } from '../../web/problem-response.ts';
import type { InjectedFaults } from './injected-faults.ts';
import { MemoryLeak } from './memory-leak.ts';

/**
 * Faults that a member injects into itself, so that a rehearsal can show how Perch responds. The
 * health check is affected only by `hang` and `unhealthy`; it does not detect the other faults.
 */
export class Faults {
  readonly #leak = new MemoryLeak();
  readonly #crash: () => void;
  #settings: InjectedFaults = {};
  #changed = Promise.withResolvers<void>();
  #crashTimer: NodeJS.Timeout | undefined;
  #errorDebt = 0;
  #delayed = 0;

  /** @param options.crash - ends the process at once. */
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

  /** Replaces all injected faults. */
  set(settings: InjectedFaults): void {
    this.stop();
    this.#settings = settings;
    this.#leak.start(settings['leak-mib-per-s'] ?? 0);
    const crashAfterMs = settings['crash-after-ms'];
    if (crashAfterMs !== undefined) {
      this.#crashTimer = setTimeout(this.#crash, crashAfterMs).unref();
    }
  }

  /** Removes all injected faults. */
  stop(): void {
    this.#settings = {};
    this.#errorDebt = 0;
    this.#delayed = 0;
    this.#leak.stop();
    clearTimeout(this.#crashTimer);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Applies the faults to every route except `/faults` and those below it. */
  readonly middleware: MiddlewareHandler = async (c, next) => {
    if (/^\/faults(\/|$)/.test(c.req.path)) return next();
    while (this.#hangs(c.req.path)) await this.#changed.promise;
    if (c.req.path === '/healthz') {
      if (this.#settings.unhealthy !== true) return next();
      return problem(c, 503, 'injected fault: unhealthy');
    }
    const latencyMs = this.#latencyMs(c.req.path);
    if (latencyMs > 0) await delay(latencyMs);
    if (this.#failsNow(c.req.path)) {
      return problem(c, 500, 'injected fault: error-share');
    }
    return next();
  };

  #hangs(path: string): boolean {
    return this.#settings.hang === true && isHit(path, this.#settings['hang-path']);
  }

  #latencyMs(path: string): number {
    const { 'latency-ms': latencyMs = 0, 'latency-requests': most = Infinity } = this.#settings;
    if (!isHit(path, this.#settings['latency-path']) || this.#delayed >= most) return 0;
    this.#delayed += 1;
    return latencyMs;
  }

  /** Exact over any 100 requests at a whole percentage: a random choice would blur the rehearsal's counts. */
  #failsNow(path: string): boolean {
    if (!isHit(path, this.#settings['error-path'])) return false;
    this.#errorDebt += hundredths(this.#settings['error-share'] ?? 0);
    if (this.#errorDebt < fullShare) return false;
    this.#errorDebt -= fullShare;
    return true;
  }
}

/** Reports whether a fault hits the path; without a path of its own it hits all. */
function isHit(path: string, only: string | undefined): boolean {
  return only === undefined || path === only;
}
