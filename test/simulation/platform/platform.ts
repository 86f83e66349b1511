import type { Fleet } from '../fleet/fleet.ts';
import type { Network } from '../fleet/network.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RedisServer } from '../redis/redis-server.ts';

/** All that production's code reaches beyond its own memory during one run. */
export interface Platform {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly redis: RedisServer;
  readonly fleet: Fleet;
  /** Path -> content of the files of all hosts. */
  readonly files: Map<string, string>;
}

let current: Platform | undefined;

/** The platform of the run that is under way. */
export function platform(): Platform {
  if (current === undefined) throw new Error('no simulation runs');
  return current;
}

export function setPlatform(next: Platform | undefined): void {
  current = next;
}

/** True while a simulation runs. */
export function isSimulating(): boolean {
  return current !== undefined;
}
