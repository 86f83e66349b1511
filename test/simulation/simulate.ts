import { Containers } from './actors/containers.ts';
import { startMonitor } from './actors/monitor.ts';
import { startOperator } from './actors/operator.ts';
import { People } from './actors/people.ts';
import { startProxy } from './actors/proxy.ts';
import { startCanaryStack, startStableStack } from './actors/releases.ts';
import { startFaults } from './faults.ts';
import { watchInvariants } from './invariants/watch-invariants.ts';
import { Violation } from './invariants/violation.ts';
import { setPlatform } from './platform/platform.ts';
import { World } from './world.ts';

const stormMs = 32_000;
const calmMs = 20_000;

export interface RunResult {
  readonly seed: number;
  /** Hash of all steps. */
  readonly hash: string;
  readonly violation: Violation | undefined;
  /** Last steps of the trace. */
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Plays one seed and keeps the last `lines` of its trace. A run that keeps none is faster, because
 * its errors have no stacks either: if an invariant breaks, play the seed again.
 */
export async function simulate(seed: number, lines: number): Promise<RunResult> {
  Error.stackTraceLimit = lines === 0 ? 0 : 10;
  const world = new World(seed, lines);
  const people = new People(world);
  const containers = new Containers(world);
  const invariants = watchInvariants({ world, people, containers });
  for (const host of world.hosts) startMonitor(world, host, people);
  for (const host of world.hosts) startProxy(world, host);
  startStableStack(world, containers);
  startCanaryStack(world, containers);
  startOperator(world);
  startFaults(world, containers, stormMs);
  let violation: Violation | undefined;
  try {
    await world.kernel.runUntil(stormMs + calmMs);
    while (!invariants.isDone()) await world.kernel.runUntil(world.kernel.nowMs + 1_000);
    invariants.atEnd();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  } finally {
    setPlatform(undefined);
  }
  const { trace } = world.kernel;
  return { seed, hash: trace.hash, violation, trace: trace.last, counts: invariants.counts };
}
