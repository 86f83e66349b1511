import type Docker from 'dockerode';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { labels } from '../../../contract/labels.ts';
import { tracks } from '../../../contract/names.ts';
import type { Workload } from '../../../core/host/host-sample.ts';
import {
  containerCpu,
  cpuPercentBetween,
  usedMemoryBytes,
  type ContainerCpu,
} from './container-stats.ts';
import { oomKills } from './docker-events.ts';
import { RecentTimes } from './recent-times.ts';
import type { SamplePart, Source } from './source.ts';

export interface ContainerSourceOptions {
  readonly docker: Docker;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the epoch, by the clock of the Docker engine's host. */
  readonly engineNow: () => number;
}

/** Samples the containers of this host that carry the service's label. */
export class ContainerSource implements Source {
  readonly name = 'docker';
  readonly #options: ContainerSourceOptions;
  readonly #cpu = new Map<string, ContainerCpu>();
  readonly #restartCounts = new Map<string, number>();
  readonly #restarts = new RecentTimes();
  readonly #oomKills = new RecentTimes();
  #eventsUntil: number;

  constructor(options: ContainerSourceOptions) {
    this.#options = options;
    this.#eventsUntil = options.engineNow();
  }

  async sample(): Promise<SamplePart> {
    const { docker, service } = this.#options;
    const filters = { label: [`${labels.service}=${service}`] };
    const containers = await docker.listContainers({ all: true, filters });
    await this.#recordOomKills();
    const workloads = await Promise.all(containers.map((container) => this.#workload(container)));
    this.#forgetOthers(new Set(containers.map(({ Id }) => Id)));
    return { workloads: workloads.filter((workload) => workload !== undefined) };
  }

  /** Undefined if the container has vanished since it was listed. */
  async #workload({ Id, Names, Labels, State }: ContainerInfo): Promise<Workload | undefined> {
    const container = this.#options.docker.getContainer(Id);
    const [inspected, stats] = await Promise.all([
      unlessGone(container.inspect()),
      State === 'running'
        ? unlessGone(container.stats({ stream: false, 'one-shot': true }))
        : undefined,
    ]);
    if (inspected === undefined) return undefined;
    this.#recordRestarts(Id, inspected);
    const memberId = Labels[labels.member];
    const track = tracks.find((name) => name === Labels[labels.track]);
    const limitBytes = inspected.HostConfig.Memory ?? 0;
    const capBytes = Number(Labels[labels.memoryCapBytes]);
    const cpuPercent = stats && this.#cpuPercent(Id, containerCpu(stats));
    const memoryBytes = stats && usedMemoryBytes(stats);
    return {
      id: Id,
      name: memberId ?? Names[0]?.slice(1) ?? Id.slice(0, 12),
      ...(memberId !== undefined && { memberId }),
      ...(track !== undefined && { track }),
      ...(cpuPercent !== undefined && { cpuPercent }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(limitBytes > 0 && { memoryLimitBytes: limitBytes }),
      ...(capBytes > 0 && { memoryCapBytes: capBytes }),
      restartedAt: this.#restarts.of(Id),
      oomKilledAt: this.#oomKills.of(Id),
    };
  }

  #cpuPercent(id: string, reading: ContainerCpu): number | undefined {
    const before = this.#cpu.get(id);
    this.#cpu.set(id, reading);
    return before && cpuPercentBetween(before, reading);
  }

  #recordRestarts(id: string, { RestartCount: count }: ContainerInspectInfo): void {
    const more = count - (this.#restartCounts.get(id) ?? count);
    if (more > 0) this.#restarts.add(id, this.#options.now(), more);
    this.#restartCounts.set(id, count);
  }

  async #recordOomKills(): Promise<void> {
    const { docker, service, now, engineNow } = this.#options;
    const period = { fromMs: this.#eventsUntil, toMs: engineNow() };
    const aheadMs = period.toMs - now();
    const kills = await oomKills(docker, { service, ...period });
    for (const { id, at } of kills) this.#oomKills.add(id, at - aheadMs);
    this.#eventsUntil = period.toMs;
  }

  #forgetOthers(ids: ReadonlySet<string>): void {
    for (const known of [this.#cpu, this.#restartCounts]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
    this.#restarts.keepOnly(ids);
    this.#oomKills.keepOnly(ids);
  }
}

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    if (status === 404 || status === 409) return undefined;
    throw error;
  }
}
