import type { Kernel } from '../kernel/kernel.ts';
import type { VirtualHost } from '../kernel/virtual-process.ts';
import { Random } from '../kernel/random.ts';
import type { RedisCommand } from '../redis/reply.ts';

/** The cables between the hosts and Redis. Faults set its fields. */
export class Network {
  /** Host name -> virtual time until which nothing passes; it arrives afterwards. */
  readonly cutUntilMs = new Map<string, number>();
  /** Chance that a connection breaks before a command arrives. */
  breakBefore = 0;
  /** Chance that a connection breaks after a command was applied and before its answer. */
  breakAfter = 0;
  /** Chance that a published message does not arrive. */
  hintLoss = 0;
  /** Chance that a message takes long, and the longest time, milliseconds. */
  slowChance = 0;
  slowestMs = 2;
  /** Host whose cable is cut once it has sent its next write, and for how long. */
  cutAfterWrite: { readonly host: VirtualHost; readonly forMs: number } | undefined;
  readonly random: Random;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, seed: number) {
    this.#kernel = kernel;
    this.random = new Random(seed, 'network');
  }

  /** Time that one message takes, milliseconds. */
  latencyMs(): number {
    if (this.random.chance(this.slowChance)) return this.random.between(1, this.slowestMs);
    return this.random.between(0.2, 2);
  }

  /** Milliseconds until the host's cable works; 0 if it does. */
  cutForMs({ name }: VirtualHost): number {
    return Math.max(0, (this.cutUntilMs.get(name) ?? 0) - this.#kernel.nowMs);
  }

  /** Takes note of a command that a host sends. */
  sends({ name: host }: VirtualHost, { name, args }: RedisCommand): void {
    const cut = this.cutAfterWrite;
    const isLease = args[2]?.endsWith(':leader') === true;
    if (cut?.host.name !== host || name !== 'EVAL' || isLease) return;
    this.cutAfterWrite = undefined;
    this.cutUntilMs.set(host, this.#kernel.nowMs + cut.forMs);
    this.#kernel.note(`FAULT ${host} is cut off from Redis after a write, for ${cut.forMs} ms`);
  }

  /** Ends all faults. */
  heal(): void {
    this.cutAfterWrite = undefined;
    this.cutUntilMs.clear();
    this.breakBefore = 0;
    this.breakAfter = 0;
    this.hintLoss = 0;
    this.slowChance = 0;
  }
}
