import { labels } from '../../../contract/labels.ts';
import { tracks } from '../../../contract/names.ts';
import type { Workload } from '../../../core/host/host-sample.ts';
import type { DockerEngine } from '../engine/docker-engine.ts';
import { EngineError } from '../engine/engine-call.ts';
import type { InspectedContainer, ListedContainer } from '../engine/engine-schemas.ts';
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
  readonly docker: DockerEngine;
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
    const containers = await docker.listContainers(filters);
    await this.#recordOomKills();
    const workloads = await Promise.all(containers.map((container) => this.#workload(container)));
    this.#forgetOthers(new Set(containers.map(({ Id }) => Id)));
    return { workloads: workloads.filter((workload) => workload !== undefined) };
  }

  /** Undefined if the container has vanished since it was listed. */
  async #workload({ Id, Names, Labels, State }: ListedContainer): Promise<Workload | undefined> {
    const { docker } = this.#options;
    const [inspected, stats] = await Promise.all([
      unlessGone(docker.inspectContainer(Id)),
      State === 'running' ? unlessGone(docker.containerStats(Id)) : undefined,
    ]);
    if (inspected === undefined) return undefined;
    this.#recordRestarts(Id, inspected);
    const memberId = Labels?.[labels.member];
    const track = tracks.find((name) => name === Labels?.[labels.track]);
    const limitBytes = inspected.HostConfig.Memory;
    const capBytes = Number(Labels?.[labels.memoryCapBytes]);
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

  #recordRestarts(id: string, { RestartCount: count }: InspectedContainer): void {
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
    const isGone = error instanceof EngineError && [404, 409].includes(error.status);
    if (isGone) return undefined;
    throw error;
  }
}
