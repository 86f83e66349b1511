import type { Logger } from 'pino';
import { Fleet } from './fleet/fleet.ts';
import { Network } from './fleet/network.ts';
import { Kernel } from './kernel/kernel.ts';
import { Random } from './kernel/random.ts';
import type { VirtualHost, VirtualProcess } from './kernel/virtual-process.ts';
import { setPlatform, type Platform } from './platform/platform.ts';
import { RedisServer } from './redis/redis-server.ts';

export const service = 'shop';
export const redisUrl = 'redis://10.0.0.1:6379';

/** One process that its host starts again after it ended. */
export interface SupervisedProcess {
  readonly name: string;
  readonly host: VirtualHost;
  /** Undefined while it does not run. */
  process: VirtualProcess | undefined;
}

/** Everything of one run: platform, hosts, processes and chance. */
export class World {
  readonly seed: number;
  readonly kernel: Kernel;
  readonly platform: Platform;
  /** Hosts of members, proxies and monitors. */
  readonly hosts: readonly VirtualHost[] = ['web-1', 'web-2', 'web-3'].map(newHost);
  /** Host where operators' and Pulumi's commands run. */
  readonly control: VirtualHost = newHost('control');
  readonly supervised: SupervisedProcess[] = [];
  /** True while faults happen. */
  isStormy = true;
  /** Virtual time of the last fault. */
  faultAtMs = 0;
  #processes = 0;

  /** @param lines - last lines of the trace to keep. */
  constructor(seed: number, lines: number) {
    this.seed = seed;
    this.kernel = new Kernel(seed, lines);
    const { kernel } = this;
    const redis = new RedisServer(kernel);
    const network = new Network(kernel, seed);
    this.platform = { kernel, network, redis, fleet: new Fleet(seed), files: new Map() };
    setPlatform(this.platform);
  }

  get network(): Network {
    return this.platform.network;
  }

  get redis(): RedisServer {
    return this.platform.redis;
  }

  get fleet(): Fleet {
    return this.platform.fleet;
  }

  /** Chance of its own, so that one actor's choices do not shift another's. */
  chanceOf(stream: string): Random {
    return new Random(this.seed, stream);
  }

  /** Notes a fault. */
  fault(text: string): void {
    this.faultAtMs = this.kernel.nowMs;
    this.kernel.note(`FAULT ${text}`);
  }

  start(name: string, host: VirtualHost, main: () => void | Promise<void>): VirtualProcess {
    this.#processes += 1;
    return this.kernel.start(`${name}#${this.#processes}`, host, main);
  }

  /** Starts a process that is started again whenever it ends. */
  supervise(name: string, host: VirtualHost, main: () => void | Promise<void>): SupervisedProcess {
    const supervised: SupervisedProcess = { name, host, process: undefined };
    this.supervised.push(supervised);
    const run = () => {
      if (!this.supervised.includes(supervised)) return;
      const process = this.start(name, host, main);
      supervised.process = process;
      process.onEnd(() => {
        supervised.process = undefined;
        this.kernel.scheduleOutside(this.isStormy ? 2_000 : 500, run);
      });
    };
    run();
    return supervised;
  }

  /** Ends a supervised process for good. */
  retire(supervised: SupervisedProcess): void {
    this.supervised.splice(this.supervised.indexOf(supervised), 1);
    supervised.process?.end();
  }

  /** Logger of the current process: its lines are part of the trace. */
  logger(): Logger {
    const line =
      (level: string) =>
      (first: unknown, text = '') => {
        const { kernel } = this;
        const reason = reasonIn(first);
        kernel.note(`${kernel.current?.name ?? '?'} [${level}] ${text || String(first)}${reason}`);
      };
    const levels = ['debug', 'info', 'warn', 'error'].map((level) => [level, line(level)]);
    return Object.fromEntries(levels) as Logger;
  }
}

function newHost(name: string): VirtualHost {
  return { name, clockOffsetMs: 0 };
}

function reasonIn(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '';
  if ('reason' in fields) return `: ${String(fields.reason)}`;
  return 'err' in fields && fields.err instanceof Error ? `: ${fields.err.message}` : '';
}
