import type { ChildProcess } from 'node:child_process';
import { PerchError } from '../../contract/perch-error.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { HeartbeatWatch } from './heartbeat-watch.ts';
import type { ProxySettings } from '../settings/settings.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type {
  ListeningPorts,
  WorkerEvent,
  WorkerCommand,
  WorkerStatus,
} from './worker-messages.ts';

const collectTimeoutMs = 2_000;

export interface WorkerProcessOptions {
  readonly settings: ProxySettings;
  /** Longest time without a heartbeat before the worker is killed, milliseconds. */
  readonly silenceMs: number;
  /** Called when the worker was silent for longer, before it is killed. */
  readonly onHung: () => void;
  /** Certificate that another worker has read from the files. Secret. */
  readonly certificate: Certificate | undefined;
  /** Called with each certificate that the worker has read from the files. */
  readonly onCertificate: (certificate: Certificate) => void;
}

/** One worker process, seen from the supervisor. */
export class WorkerProcess {
  readonly id: string;
  readonly startedAt = performance.now();
  /**
   * Settles with the ports once the worker accepts connections. Rejects with PerchError if it ends
   * before.
   */
  readonly listening: Promise<ListeningPorts>;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #collecting = new Map<number, (metrics: readonly MetricJson[]) => void>();
  readonly #statusListeners = new Set<() => void>();
  readonly #heartbeats: HeartbeatWatch;
  #requests = 0;
  #listens = false;
  #status: WorkerStatus;

  constructor(child: ChildProcess, id: string, options: WorkerProcessOptions) {
    const { settings, silenceMs, onHung, certificate, onCertificate } = options;
    this.#child = child;
    this.id = id;
    this.#status = { id, generation: undefined, condition: 'waiting' };
    this.#heartbeats = new HeartbeatWatch(silenceMs, () => {
      onHung();
      this.kill();
    });
    const listening = Promise.withResolvers<ListeningPorts>();
    const exited = Promise.withResolvers<void>();
    this.listening = listening.promise;
    this.exited = exited.promise;
    // Callers that wait for the port get the error; without one it must not end the process.
    this.listening.catch(() => {});

    child.on('message', (event: WorkerEvent) => {
      if (event.kind === 'listening') listening.resolve(event.ports);
      if (event.kind === 'certificate') onCertificate(event.certificate);
      if (event.kind === 'failed') listening.reject(new PerchError(event.code, event.message));
      this.#handle(event);
    });
    const end = (how: string) => {
      listening.reject(new PerchError('worker_failed', `worker ${id} ${how} before it served`));
      for (const resolve of this.#collecting.values()) resolve([]);
      this.#listens = false;
      this.#heartbeats.stop();
      exited.resolve();
    };
    child.once('error', (error) => end(`could not start (${error.message}) and ended`));
    child.once('exit', (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`));
    this.#send({ kind: 'start', settings, id, certificate });
  }

  get status(): WorkerStatus {
    return this.#status;
  }

  get listens(): boolean {
    return this.#listens;
  }

  /** True if the worker accepts connections and has a release document. */
  get serves(): boolean {
    return this.#listens && this.#status.generation !== undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Settles when the condition holds or the worker has ended. */
  async until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (condition()) resolve();
    };
    this.#statusListeners.add(check);
    check();
    await Promise.race([promise, this.exited]);
    this.#statusListeners.delete(check);
  }

  /** Returns the worker's metrics; none if it ends meanwhile or does not reply in time. */
  async collect(): Promise<readonly MetricJson[]> {
    const { promise, resolve } = Promise.withResolvers<readonly MetricJson[]>();
    this.#requests += 1;
    const request = this.#requests;
    this.#collecting.set(request, resolve);
    const timeout = setTimeout(() => resolve([]), collectTimeoutMs);
    if (!this.#send({ kind: 'collect', request })) resolve([]);
    const metrics = await promise;
    clearTimeout(timeout);
    this.#collecting.delete(request);
    return metrics;
  }

  drain(): void {
    this.#listens = false;
    this.#send({ kind: 'drain' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #handle(event: WorkerEvent): void {
    switch (event.kind) {
      case 'listening':
        this.#listens = true;
        this.#heartbeats.beat();
        break;
      case 'status':
        this.#status = event.status;
        break;
      case 'collected':
        this.#collecting.get(event.request)?.(event.metrics);
        return;
      case 'heartbeat':
        this.#heartbeats.beat();
        return;
      case 'failed':
      case 'certificate':
        return;
    }
    for (const listener of this.#statusListeners) listener();
  }

  #send(command: WorkerCommand): boolean {
    if (!this.#child.connected) return false;
    this.#child.send(command, () => {
      // A worker that has just ended takes no commands; its exit is handled separately.
    });
    return true;
  }
}
