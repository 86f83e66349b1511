import { env } from '../../../contract/env.ts';
import { tracks, type Track } from '../../../contract/names.ts';
import type { Workload } from '../../../core/host/host-sample.ts';
import {
  processIds,
  readEnvironment,
  readProcess,
  readResidentBytes,
  ticksPerSecond,
  type ProcProcess,
} from './proc-process.ts';
import { RecentTimes } from './recent-times.ts';
import type { SamplePart, Source } from './source.ts';

export interface ProcessSourceOptions {
  readonly procRoot: string;
  readonly service: string;
  /** Tells this installation's members from those of another one. Secret. */
  readonly redisUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Identity {
  readonly memberId: string;
  readonly track: Track | undefined;
  readonly version: string | undefined;
}

interface CpuReading {
  readonly ticks: number;
  readonly at: number;
}

/**
 * Samples members that run as processes of this machine: those whose environment names the service,
 * its Redis and a member. A member's processes, children included, count as one workload.
 */
export class ProcessSource implements Source {
  readonly name = 'processes';
  readonly #options: ProcessSourceOptions;
  /** Keyed by pid and start, because a process keeps the environment that it started with. */
  readonly #identities = new Map<string, Identity | undefined>();
  readonly #cpu = new Map<string, CpuReading>();
  readonly #roots = new Map<string, string>();
  readonly #restarts = new RecentTimes();

  constructor(options: ProcessSourceOptions) {
    this.#options = options;
  }

  async sample(): Promise<SamplePart> {
    const { procRoot } = this.#options;
    const pids = await processIds(procRoot);
    const found = await Promise.all(pids.map(async (pid) => await this.#identify(pid)));
    const known = found.filter((each) => each !== undefined);
    const alive = new Set(known.map(({ process }) => keyOf(process)));
    for (const key of this.#identities.keys()) if (!alive.has(key)) this.#identities.delete(key);
    const members = Map.groupBy(
      known.filter(({ identity }) => identity !== undefined),
      ({ identity }) => identity?.memberId,
    );
    const workloads = await Promise.all(
      [...members.values()].map(async (processes) => {
        const identity = processes[0]?.identity;
        if (identity === undefined) return [];
        return [
          await this.#workload(
            identity,
            processes.map(({ process }) => process),
          ),
        ];
      }),
    );
    return { workloads: workloads.flat() };
  }

  async #identify(pid: number) {
    const { procRoot, service, redisUrl } = this.#options;
    const process = await readProcess(procRoot, pid);
    if (process === undefined) return undefined;
    const key = keyOf(process);
    if (!this.#identities.has(key)) {
      const names = [env.service, env.redisUrl, env.memberId, env.track, env.version];
      const values = await readEnvironment(procRoot, pid, names);
      const memberId = values.get(env.memberId);
      const same =
        values.get(env.service) === service && isSameRedis(values.get(env.redisUrl), redisUrl);
      const ours = same && memberId !== undefined;
      const track = tracks.find((name) => name === values.get(env.track));
      const version = values.get(env.version);
      this.#identities.set(key, ours ? { memberId, track, version } : undefined);
    }
    return { process, identity: this.#identities.get(key) };
  }

  async #workload(identity: Identity, processes: readonly ProcProcess[]): Promise<Workload> {
    const { memberId, track, version } = identity;
    const { now, procRoot } = this.#options;
    const pids = new Set(processes.map(({ pid }) => pid));
    const root = processes.find(({ parentPid }) => !pids.has(parentPid)) ?? processes[0];
    const rootKey = root === undefined ? memberId : keyOf(root);
    const before = this.#roots.get(memberId);
    if (before !== undefined && before !== rootKey) this.#restarts.add(memberId, now());
    this.#roots.set(memberId, rootKey);
    const resident = await Promise.all([...pids].map((pid) => readResidentBytes(procRoot, pid)));
    const known = resident.filter((bytes) => bytes !== undefined);
    const cpuPercent = this.#cpuPercent(rootKey, processes);
    return {
      id: `pid:${root?.pid}`,
      name: memberId,
      memberId,
      ...(track !== undefined && { track }),
      ...(version !== undefined && { version }),
      ...(cpuPercent !== undefined && { cpuPercent }),
      ...(known.length > 0 && { memoryBytes: known.reduce((sum, bytes) => sum + bytes, 0) }),
      restartedAt: this.#restarts.of(memberId),
    };
  }

  #cpuPercent(key: string, processes: readonly ProcProcess[]): number | undefined {
    const ticks = processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
    const at = this.#options.now();
    const before = this.#cpu.get(key);
    this.#cpu.set(key, { ticks, at });
    if (before === undefined || at <= before.at) return undefined;
    const busyMs = ((ticks - before.ticks) * 1_000) / ticksPerSecond;
    return Math.max(0, (100 * busyMs) / (at - before.at));
  }
}

/** Compares two URLs without the user: each service has its own. */
function isSameRedis(url: string | undefined, other: string): boolean {
  return url === other || (url !== undefined && placeOf(url) === placeOf(other));
}

function placeOf(url: string): string {
  const { protocol, host, pathname } = URL.parse(url) ?? {};
  return protocol === undefined ? url : `${protocol}//${host}${pathname}`;
}

function keyOf({ pid, startTicks }: ProcProcess): string {
  return `${pid}:${startTicks}`;
}
