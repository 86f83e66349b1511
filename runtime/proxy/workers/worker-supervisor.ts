import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Certificate } from '../../core/edge/certificate.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { addSampled, single } from '../metrics/sampled-metric.ts';
import type { ProxySettings } from '../settings/settings.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type { ListeningPorts } from './worker-messages.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerSupervisorOptions {
  readonly settings: ProxySettings;
  /** Starts a worker process with an IPC channel. */
  readonly fork: () => ChildProcess;
  /** Returns a new id for a worker of this slot. */
  readonly newId: (slot: number) => string;
  readonly logger: Logger;
  /**
   * Limit for a replacement to serve; after it the old worker stays, milliseconds. Default 15,000.
   */
  readonly replacementTimeoutMs?: number;
  /**
   * Longest time that a worker's event loop may be blocked before the worker is killed,
   * milliseconds. Default 5,000. A blocked worker still accepts its share of the connections and
   * answers none.
   */
  readonly silenceMs?: number;
}

/** One place for a worker, which is filled again when its worker ends. */
class WorkerSlot {
  readonly index: number;
  readonly backoff = new RestartBackoff();
  #current: WorkerProcess;

  constructor(index: number, worker: WorkerProcess) {
    this.index = index;
    this.#current = worker;
  }

  get current(): WorkerProcess {
    return this.#current;
  }

  /** @returns the worker that was replaced. */
  replaceWith(worker: WorkerProcess): WorkerProcess {
    const replaced = this.#current;
    this.#current = worker;
    return replaced;
  }
}

/** Time for a worker to flush its counts after its drain timeout, milliseconds. */
const graceMs = 5_000;

/** Keeps the workers of one port running and replaces them without losing a request. */
export class WorkerSupervisor {
  readonly #options: WorkerSupervisorOptions;
  readonly #slots: WorkerSlot[] = [];
  /** All workers that have not ended, including those that drain. */
  readonly #alive = new Set<WorkerProcess>();
  readonly #registry = new Registry();
  #deaths = 0;
  #hangs = 0;
  #settings: ProxySettings;
  /**
   * Last certificate that a worker read from the files: a worker that replaces another one presents it
   * if the files hold no good one, as those do that still run.
   */
  #certificate: Certificate | undefined;
  #stopping = false;
  #replacing: Promise<void> = Promise.resolve();
  #replacementWaits = false;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    addSampled(this.#registry, {
      type: 'counter',
      name: 'perch_proxy_worker_deaths_total',
      help: 'Workers that ended without a command.',
      sample: () => single(this.#deaths),
    });
    addSampled(this.#registry, {
      type: 'counter',
      name: 'perch_proxy_worker_hangs_total',
      help: 'Workers that were killed because their event loop was blocked.',
      sample: () => single(this.#hangs),
    });
  }

  /** Current worker of each slot. */
  get workers(): readonly WorkerProcess[] {
    return this.#slots.map(({ current }) => current);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Starts all workers; the first one determines the ports.
   * @returns the ports that they listen on; undefined if the supervisor was stopped meanwhile.
   * @throws PerchError if a worker cannot serve; no worker runs then.
   */
  async start(): Promise<ListeningPorts | undefined> {
    try {
      const ports = await this.#addSlot(0);
      const { listen, tlsListen } = this.#settings;
      this.#settings = {
        ...this.#settings,
        listen: { ...listen, port: ports.http },
        tlsListen: tlsListen && { ...tlsListen, port: ports.https ?? tlsListen.port },
      };
      const others = Array.from({ length: this.#settings.workers - 1 }, (_, index) => index + 1);
      await Promise.all(others.map((index) => this.#addSlot(index)));
      return ports;
    } catch (error) {
      if (this.#stopping) return undefined;
      await this.#endAll((worker) => worker.kill());
      throw error;
    }
  }

  /**
   * Replaces all workers, one after the other: the old one is drained once the new one serves, and
   * stays if the new one does not. A call during a replacement starts another one after it.
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
    await this.#endAll((worker) => worker.drain());
    clearTimeout(latest);
  }

  /** Kills all workers at once, which breaks off their running answers. */
  kill(): void {
    this.#stopping = true;
    for (const worker of this.#alive) worker.kill();
  }

  /** Returns the metrics of the supervisor and of all workers, one list each. */
  async collect(): Promise<(readonly MetricJson[])[]> {
    return await Promise.all([
      this.#registry.getMetricsAsJSON(),
      ...Array.from(this.#alive, (worker) => worker.collect()),
    ]);
  }

  async #addSlot(index: number): Promise<ListeningPorts> {
    const slot = new WorkerSlot(index, this.#spawn(index));
    this.#slots.push(slot);
    const ports = await slot.current.listening;
    this.#watch(slot, slot.current);
    return ports;
  }

  #spawn(index: number): WorkerProcess {
    const { fork, newId, logger, silenceMs = 5_000 } = this.#options;
    const id = newId(index);
    const worker = new WorkerProcess(fork(), id, {
      settings: this.#settings,
      certificate: this.#certificate,
      onCertificate: (certificate) => (this.#certificate = certificate),
      silenceMs,
      onHung: () => {
        this.#hangs += 1;
        logger.error({ worker: id, silenceMs }, 'worker is blocked; the supervisor kills it');
      },
    });
    this.#alive.add(worker);
    void worker.exited.then(() => this.#alive.delete(worker));
    return worker;
  }

  /** Replaces the slot's worker if it ends without a command. */
  #watch(slot: WorkerSlot, worker: WorkerProcess): void {
    void worker.exited.then(() => {
      if (this.#stopping || slot.current !== worker) return;
      this.#deaths += 1;
      const delayMs = slot.backoff.delayMs(performance.now() - worker.startedAt);
      this.#options.logger.error(
        { worker: worker.id, delayMs },
        'worker died; the supervisor replaces it',
      );
      setTimeout(() => this.#refill(slot, worker), delayMs);
    });
  }

  #refill(slot: WorkerSlot, dead: WorkerProcess): void {
    if (this.#stopping || slot.current !== dead) return;
    slot.replaceWith(this.#spawn(slot.index));
    this.#watch(slot, slot.current);
  }

  async #replaceEach(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#stopping) return;
      if (!(await this.#replace(slot))) return;
    }
    this.#options.logger.info('all workers replaced');
  }

  async #replace(slot: WorkerSlot): Promise<boolean> {
    const { logger, replacementTimeoutMs = 15_000 } = this.#options;
    const old = slot.current;
    const next = this.#spawn(slot.index);
    const timeout = setTimeout(() => next.kill(), replacementTimeoutMs);
    // If the old worker has no document either, the new one may take over without one.
    await next.until(() => next.serves || (next.listens && !old.serves));
    clearTimeout(timeout);
    if (!next.listens) {
      const reason = await next.listening.then(() => 'it died', String);
      logger.error({ worker: next.id, reason }, 'replacement failed; the old workers stay');
      return false;
    }
    // May differ from the old one, which may have died and been replaced meanwhile.
    const replaced = slot.replaceWith(next);
    this.#watch(slot, next);
    replaced.drain();
    return true;
  }

  async #endAll(end: (worker: WorkerProcess) => void): Promise<void> {
    this.#stopping = true;
    const alive = [...this.#alive];
    for (const worker of alive) end(worker);
    await Promise.all(alive.map((worker) => worker.exited));
  }
}
