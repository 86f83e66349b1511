import { setTimeout as delay } from 'node:timers/promises';
import { httpLoad } from './load.ts';
import { perch } from './peers.ts';
import { listening, type PinnedProcess } from './process.ts';
import { spread, type Spread } from './summary.ts';

/** So many that the kernel deals them out to the workers about evenly. */
const connections = 1_024;

export interface ScalingOptions {
  readonly folder: string;
  readonly originPort: number;
  readonly firstPort: number;
  readonly rounds: number;
  readonly seconds: number;
}

export interface Scaling {
  /** Throughput of two workers by that of one, when each has a core of its own. */
  readonly throughput: Spread;
  /** CPU per request of two workers by that of one. */
  readonly cpu: Spread;
  /** The share of the work that the busier of the two workers does. */
  readonly busierShare: Spread;
}

/**
 * What a second worker brings. Load and origin need cores too, so that two workers cannot be seen
 * at their limit on a machine of two; but the limit follows from what can be measured. A worker
 * with a core of its own answers as many requests as its CPU time per request allows, and two
 * together as many as the busier of them does. So their throughput, by that of one, is the CPU time
 * per request of the one by that which the busier of the two spends on each request of both. What
 * the kernel shares among cores is in it only as far as both cores are at work.
 */
export async function measureScaling(options: ScalingOptions): Promise<Scaling> {
  const { folder, originPort, firstPort, rounds } = options;
  const start = (workers: number) =>
    perch(folder, firstPort + workers, originPort, { workers, cores: '0-1' });
  const one = start(1);
  const two = start(2);
  try {
    for (const workers of [1, 2]) await listening(firstPort + workers);
    // Both workers of the second have to stand before the kernel deals connections out.
    while (two.cpuMsOfChildren().length < 2) await delay(100);
    const ratios = { throughput: [] as number[], cpu: [] as number[], busierShare: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const [alone = 0] = await cpuPerRequest(one, firstPort + 1, options);
      const each = await cpuPerRequest(two, firstPort + 2, options);
      // What is compiled in the first round is not what a request costs.
      if (round < 0) continue;
      const busier = Math.max(...each);
      const both = each.reduce((sum, cpu) => sum + cpu, 0);
      ratios.throughput.push(alone / busier);
      ratios.cpu.push(both / alone);
      ratios.busierShare.push(busier / both);
    }
    return {
      throughput: spread(ratios.throughput),
      cpu: spread(ratios.cpu),
      busierShare: spread(ratios.busierShare),
    };
  } finally {
    await one.stop();
    await two.stop();
  }
}

/** CPU time of each worker by the requests of all, milliseconds. */
async function cpuPerRequest(
  proxy: PinnedProcess,
  port: number,
  { folder, seconds }: ScalingOptions,
): Promise<number[]> {
  const before = proxy.cpuMsOfChildren();
  const { requests } = await httpLoad(folder, port, { path: '/', connections, seconds });
  const after = proxy.cpuMsOfChildren();
  return after.map((ms, worker) => (ms - (before[worker] ?? 0)) / Math.max(1, requests));
}
