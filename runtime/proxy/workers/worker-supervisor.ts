import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { RestartBackoff } from './restart-backoff.ts';
import { addSampled, single } from '../metrics/sampled-metric.ts';
import type { ProxySettings } from '../settings/settings.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerSupervisorOptions {
  readonly settings: ProxySettings;
  /** Starts a worker process with an IPC channel. */
  readonly fork: () => ChildProcess;
  /** A new id for a worker of this slot. */
  readonly newId: (slot: number) => string;
  readonly logger: Logger;
  /** How long a replacement may take to serve before the old worker is kept, milliseconds. Default 15,000. */
  readonly replacementTimeoutMs?: number;
  /**
   * For how long a worker's event loop may stand still before it is killed, milliseconds. Default
   * 5,000. It takes its share of the connections as long as it lives, and answers none.
   */
  readonly silenceMs?: number;
}

interface Slot {
  readonly index: number;
  readonly backoff: RestartBackoff;
  current: WorkerProcess;
}

/** What a worker may still need after its drain timeout, to hand in its counts, milliseconds. */
const graceMs = 5_000;

/** Keeps the workers of one port running, and replaces them without losing a request. */
export class WorkerSupervisor {
  readonly #options: WorkerSupervisorOptions;
  readonly #slots: Slot[] = [];
  /** All that have not ended, those on their way out too. */
  readonly #alive = new Set<WorkerProcess>();
  readonly #registry = new Registry();
  #deaths = 0;
  #hangs = 0;
  #settings: ProxySettings;
  #stopping = false;
  #replacing: Promise<void> = Promise.resolve();
  #replacementWaits = false;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    addSampled(this.#registry, {
      type: 'counter',
      name: 'perch_proxy_worker_deaths_total',
      help: 'Workers that ended without having been told to.',
      sample: () => single(this.#deaths),
    });
    addSampled(this.#registry, {
      type: 'counter',
      name: 'perch_proxy_worker_hangs_total',
      help: 'Workers that were killed because their event loop stood still.',
      sample: () => single(this.#hangs),
    });
  }

  /** The workers that are to serve, one a slot. */
  get workers(): readonly WorkerProcess[] {
    return this.#slots.map(({ current }) => current);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Starts all workers; the first one settles the port.
   * @returns the port that they listen on; undefined when it was stopped meanwhile.
   * @throws PerchError what kept a worker from serving; no worker runs then.
   */
  async start(): Promise<number | undefined> {
    try {
      const port = await this.#addSlot(0);
      this.#settings = {
        ...this.#settings,
        listen: { host: this.#settings.listen.host, port },
      };
      const others = Array.from({ length: this.#settings.workers - 1 }, (_, index) => index + 1);
      await Promise.all(others.map((index) => this.#addSlot(index)));
      return port;
    } catch (error) {
      if (this.#stopping) return undefined;
      await this.#end((worker) => worker.kill());
      throw error;
    }
  }

  /**
   * Replaces every worker, one after the other: the old one is drained when the new one serves,
   * and kept when the new one does not. Asked while that is being done, it is done once more.
   */
  replaceAll(): Promise<void> {
    if (!this.#replacementWaits) {
      this.#replacementWaits = true;
      this.#replacing = this.#replacing.then(() => {
        this.#replacementWaits = false;
        return this.#replaceEach();
      });
    }
    return this.#replacing;
  }

  /** Drains all workers and waits for their end. */
  async stop(): Promise<void> {
    const latest = setTimeout(() => this.kill(), this.#settings.drainTimeoutMs + graceMs);
    await this.#end((worker) => worker.drain());
    clearTimeout(latest);
  }

  /** Ends all workers at once; what they answer is cut off. */
  kill(): void {
    this.#stopping = true;
    for (const worker of this.#alive) worker.kill();
  }

  /** The metrics of all workers and of the supervisor, one list each. */
  async collect(): Promise<(readonly MetricJson[])[]> {
    return await Promise.all([
      this.#registry.getMetricsAsJSON(),
      ...Array.from(this.#alive, (worker) => worker.collect()),
    ]);
  }

  async #addSlot(index: number): Promise<number> {
    const slot: Slot = { index, backoff: new RestartBackoff(), current: this.#spawn(index) };
    this.#slots.push(slot);
    const port = await slot.current.listening;
    this.#watch(slot, slot.current);
    return port;
  }

  #spawn(index: number): WorkerProcess {
    const { fork, newId, logger, silenceMs = 5_000 } = this.#options;
    const id = newId(index);
    const worker = new WorkerProcess(fork(), id, {
      settings: this.#settings,
      silenceMs,
      onHung: () => {
        this.#hangs += 1;
        logger.error({ worker: id, silenceMs }, 'worker hangs; killing it');
      },
    });
    this.#alive.add(worker);
    void worker.exited.then(() => this.#alive.delete(worker));
    return worker;
  }

  /** Replaces the slot's worker when it ends without having been told to. */
  #watch(slot: Slot, worker: WorkerProcess): void {
    void worker.exited.then(() => {
      if (this.#stopping || slot.current !== worker) return;
      this.#deaths += 1;
      const delayMs = slot.backoff.delayMs(performance.now() - worker.startedAt);
      this.#options.logger.error({ worker: worker.id, delayMs }, 'worker died; replacing it');
      setTimeout(() => this.#refill(slot, worker), delayMs);
    });
  }

  #refill(slot: Slot, dead: WorkerProcess): void {
    if (this.#stopping || slot.current !== dead) return;
    slot.current = this.#spawn(slot.index);
    this.#watch(slot, slot.current);
  }

  async #replaceEach(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#stopping) return;
      if (!(await this.#replace(slot))) return;
    }
    this.#options.logger.info('all workers replaced');
  }

  async #replace(slot: Slot): Promise<boolean> {
    const { logger, replacementTimeoutMs = 15_000 } = this.#options;
    const old = slot.current;
    const next = this.#spawn(slot.index);
    const timeout = setTimeout(() => next.kill(), replacementTimeoutMs);
    // Where the old one had no document either, there is nothing to lose by the new one.
    await next.until(() => next.serves || (next.listens && !old.serves));
    clearTimeout(timeout);
    if (!next.listens) {
      const reason = await next.listening.then(() => 'it died', String);
      logger.error({ worker: next.id, reason }, 'replacement failed; the old workers stay');
      return false;
    }
    // Not always the old one: it may have died, and been replaced, meanwhile.
    const replaced = slot.current;
    slot.current = next;
    this.#watch(slot, next);
    replaced.drain();
    return true;
  }

  async #end(how: (worker: WorkerProcess) => void): Promise<void> {
    this.#stopping = true;
    const alive = [...this.#alive];
    for (const worker of alive) how(worker);
    await Promise.all(alive.map((worker) => worker.exited));
  }
}
