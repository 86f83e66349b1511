import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { callEngine, type EngineCall, type EngineTarget } from './engine-call.ts';
import {
  containerStats,
  engineEvent,
  engineInfo,
  inspectedContainer,
  listedContainer,
  listedImage,
  prunedCache,
  type ContainerStats,
  type EngineEvent,
  type InspectedContainer,
  type ListedContainer,
  type ListedImage,
} from './engine-schemas.ts';

/** Default time limit of one call, milliseconds. */
const callTimeoutMs = 5_000;

/** Path of the engine's socket below the root of a Linux host. */
const socketOfHost = 'run/docker.sock';

export interface DockerEngineOptions {
  /** The host's /proc; the host's root is the folder that holds it. Default /proc. */
  readonly procRoot?: string;
  /** Time limit of one call, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** Filters of a list: name of the filter -> accepted values. */
export type EngineFilters = Readonly<Record<string, readonly string[]>>;

/**
 * The Docker engine of this host: the calls that a monitor makes, over the engine's socket. A library
 * for all of its calls takes more memory than the rest of the monitor's sampling. All calls throw
 * EngineError for a refusal, and the system's error for an engine that does not answer in time.
 * https://docs.docker.com/reference/api/engine/
 */
export class DockerEngine {
  readonly #target: EngineTarget;

  /**
   * The socket below the host's root is preferred, if that is mounted here. An engine that restarts
   * makes a new socket; `socketPath`, mounted by itself, would remain the old one, while containers run
   * on (`live-restore`).
   */
  constructor(
    socketPath: string,
    { procRoot = '/proc', timeoutMs = callTimeoutMs }: DockerEngineOptions = {},
  ) {
    const below = join(dirname(procRoot), socketOfHost);
    const isMounted = procRoot !== '/proc' && existsSync(below);
    this.#target = {
      socketPath: isMounted ? below : socketPath,
      agent: new Agent({ keepAlive: true }),
      timeoutMs,
    };
  }

  /** Containers, also those that do not run. */
  async listContainers(filters: EngineFilters = {}): Promise<ListedContainer[]> {
    const path = `/containers/json?${query({ all: 'true', filters: JSON.stringify(filters) })}`;
    return z.array(listedContainer).parse(await this.#json({ method: 'GET', path }));
  }

  async inspectContainer(id: string): Promise<InspectedContainer> {
    return inspectedContainer.parse(
      await this.#json({ method: 'GET', path: `${container(id)}/json` }),
    );
  }

  /** Use of a running container, read once. */
  async containerStats(id: string): Promise<ContainerStats> {
    const path = `${container(id)}/stats?stream=false&one-shot=true`;
    return containerStats.parse(await this.#json({ method: 'GET', path }));
  }

  async startContainer(id: string): Promise<void> {
    await this.#call({ method: 'POST', path: `${container(id)}/start` });
  }

  /** Sets the limits of memory, and of memory with swap, bytes. */
  async limitMemory(id: string, limits: { Memory: number; MemorySwap: number }): Promise<void> {
    await this.#call({ method: 'POST', path: `${container(id)}/update`, body: limits });
  }

  async listImages(): Promise<ListedImage[]> {
    return z.array(listedImage).parse(await this.#json({ method: 'GET', path: '/images/json' }));
  }

  /** Removes a name of an image, and the image with its last name, unless a container uses it. */
  async removeImage(name: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/images/${name}` });
  }

  /** Events of a past period, Unix times in seconds. The answer ends, so no stream stays open. */
  async events(
    period: { readonly since: number; readonly until: number },
    filters: EngineFilters,
  ): Promise<EngineEvent[]> {
    const [since, until] = [String(period.since), String(period.until)];
    const path = `/events?${query({ since, until, filters: JSON.stringify(filters) })}`;
    const text = await this.#call({ method: 'GET', path });
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => engineEvent.parse(JSON.parse(line)));
  }

  /**
   * Folder of the engine's images and volumes, as this process sees it.
   * @param hostRoot path at which this process sees the host's root.
   */
  async folder(hostRoot: string): Promise<string> {
    const info = engineInfo.parse(await this.#json({ method: 'GET', path: '/info' }));
    return join(hostRoot, info.DockerRootDir);
  }

  /**
   * Removes build cache that no image needs and nobody used for so long.
   * @returns freed bytes.
   */
  async pruneBuildCache(unusedMs: number): Promise<number> {
    const filters = JSON.stringify({ until: [`${Math.ceil(unusedMs / 1_000)}s`] });
    const path = `/build/prune?${query({ filters })}`;
    return prunedCache.parse(await this.#json({ method: 'POST', path })).SpaceReclaimed;
  }

  async #json(call: EngineCall): Promise<unknown> {
    return JSON.parse(await this.#call(call));
  }

  async #call(call: EngineCall): Promise<string> {
    return await callEngine(this.#target, call);
  }
}

function container(id: string): string {
  return `/containers/${encodeURIComponent(id)}`;
}

function query(parameters: Readonly<Record<string, string>>): string {
  return String(new URLSearchParams(parameters));
}
