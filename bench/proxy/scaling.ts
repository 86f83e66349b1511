import { setTimeout as delay } from 'node:timers/promises';
import { CpuQuota } from './cpu-quota.ts';
import { httpLoad } from './load.ts';
import { perch } from './peers.ts';
import { listening, type PinnedProcess } from './process.ts';
import { spread, type Spread } from './summary.ts';

/** Enough connections for the kernel to divide them about evenly between the workers. */
const connections = 1_024;
/** Share of a core for each worker: of two cores, two workers leave load and upstream enough. */
const share = 0.3;

export interface ScalingOptions {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly firstPort: number;
  readonly rounds: number;
  readonly seconds: number;
}

export interface Scaling {
  /** Throughput of two workers divided by that of one, each with the same share of a core. */
  readonly throughput: Spread;
  /** Part of its share that the single worker used: near 1, or the load was too small. */
  readonly used: Spread;
}

/**
 * Measures the gain of a second worker. Load and upstream need cores too, so each worker gets a
 * share of one: two workers then reach their limit on a machine of two cores.
 * @throws Error if such limits cannot be set.
 */
export async function measureScaling(options: ScalingOptions): Promise<Scaling> {
  using cleanup = new DisposableStack();
  const { folder, upstreamPort, firstPort, rounds } = options;
  const start = (workers: number) =>
    perch(folder, firstPort + workers, upstreamPort, { workers, cores: '0-1' });
  const one = start(1);
  const two = start(2);
  try {
    for (const workers of [1, 2]) await listening(firstPort + workers);
    // Both workers must listen before the kernel divides connections between them.
    while (two.children().length < 2) await delay(100);
    for (const worker of [...one.children(), ...two.children()]) {
      cleanup.use(CpuQuota.create(`perch-bench-${worker}`, share)).add(worker);
    }
    const ratios = { throughput: [] as number[], used: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const alone = await throughput(one, firstPort + 1, options);
      const both = await throughput(two, firstPort + 2, options);
      // The first round warms up: code that is compiled in it is not what a request costs.
      if (round < 0) continue;
      ratios.throughput.push(both.perSecond / alone.perSecond);
      ratios.used.push(alone.cores / share);
    }
    return { throughput: spread(ratios.throughput), used: spread(ratios.used) };
  } finally {
    await one.stop();
    await two.stop();
  }
}

async function throughput(
  proxy: PinnedProcess,
  port: number,
  { folder, seconds }: ScalingOptions,
): Promise<{ perSecond: number; cores: number }> {
  const before = proxy.cpuMs();
  const { perSecond } = await httpLoad(folder, port, { path: '/', connections, seconds });
  return { perSecond, cores: (proxy.cpuMs() - before) / (seconds * 1_000) };
}
