import type { VirtualHost, VirtualProcess } from '../kernel/virtual-process.ts';
import { Random } from '../kernel/random.ts';

/** One member's container. */
export interface Container {
  readonly id: string;
  readonly host: VirtualHost;
  /** `ADDRESS:PORT` that it listens on. */
  readonly key: string;
  readonly track: 'stable' | 'canary';
  readonly version: string;
  isRunning: boolean;
  /** False while its health check fails. */
  isHealthy: boolean;
  /** True while it fails its health check because it could not eject itself. */
  isVetoed: () => boolean;
  /** Part of its requests that it answers with 500. */
  failures: number;
  readonly restartedAt: number[];
  /** Virtual time at which its drain ended, undefined before. */
  drainedAtMs: number | undefined;
}

/** Part of a proxy that takes clients' requests. */
export interface Gateway {
  /** Takes one request of a client. */
  request(): void;
  /** Requests in flight to an address. */
  inFlight(key: string): number;
}

/** A request of a client that a proxy sends to an address. */
export interface SentRequest {
  readonly proxy: VirtualProcess;
  readonly key: string;
  readonly container: Container | undefined;
}

/** Containers of all hosts, and the proxies in front of them. */
export class Fleet {
  readonly containers: Container[] = [];
  /** Gateways of the live proxies. */
  readonly gateways = new Map<VirtualProcess, Gateway>();
  readonly random: Random;
  readonly #observers: ((request: SentRequest) => void)[] = [];

  constructor(seed: number) {
    this.random = new Random(seed, 'fleet');
  }

  /** The container that listens at an address. */
  at(key: string): Container | undefined {
    return this.containers.find((container) => container.key === key && container.isRunning);
  }

  on(host: VirtualHost): Container[] {
    return this.containers.filter((container) => container.host === host);
  }

  onRequest(observer: (request: SentRequest) => void): void {
    this.#observers.push(observer);
  }

  sent(request: SentRequest): void {
    for (const react of this.#observers) react(request);
  }
}
