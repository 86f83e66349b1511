import { stat } from 'node:fs/promises';
import type { HostSample, SourceProblem } from '../../../core/host/host-sample.ts';
import {
  cpuPercentBetween,
  readCpuTimes,
  readLoad1,
  readMemory,
  type CpuTimes,
} from './proc-host.ts';
import { diskUse } from './disk-use.ts';
import type { SamplePart, Source } from './source.ts';

export interface HostSourceOptions {
  /** Path of the host's own /proc; in a container it is mounted elsewhere. */
  readonly procRoot: string;
  /** A path on each file system to watch. */
  readonly disks: readonly string[];
  /**
   * Resolves with the folder of the Docker engine's images and volumes, as this process sees it. Its
   * file system is watched too. Undefined: there is no engine.
   */
  readonly engineFolder?: (() => Promise<string>) | undefined;
}

/** Samples CPU, memory, load and disks of a Linux host. CPU use needs two samples. */
export class HostSource implements Source {
  readonly name = 'host';
  readonly #options: HostSourceOptions;
  #before: CpuTimes | undefined;
  /** Paths that are watched. Undefined until the engine has said where its folder is. */
  #watched: readonly string[] | undefined;

  constructor(options: HostSourceOptions) {
    this.#options = options;
  }

  async sample(): Promise<SamplePart> {
    const { procRoot } = this.#options;
    const [times, memory, load1, disks] = await Promise.all([
      readCpuTimes(procRoot),
      readMemory(procRoot),
      readLoad1(procRoot),
      this.#disks(),
    ]);
    const cpuPercent = this.#before && cpuPercentBetween(this.#before, times);
    this.#before = times;
    return {
      ...(cpuPercent !== undefined && { cpuPercent }),
      load1,
      memoryTotalBytes: memory.totalBytes,
      memoryAvailableBytes: memory.availableBytes,
      ...disks,
    };
  }

  /** A disk that cannot be read does not hide the others. */
  async #disks(): Promise<{ disks: HostSample['disks']; problems: SourceProblem[] }> {
    const paths = await this.#paths();
    const read = await Promise.allSettled(paths.map(diskUse));
    const disks: { path: string; usedPercent: number }[] = [];
    const problems: SourceProblem[] = [];
    for (const [index, path] of paths.entries()) {
      const result = read[index];
      if (result?.status === 'fulfilled')
        disks.push({ path, usedPercent: result.value.usedPercent });
      else problems.push({ source: `disk ${path}`, reason: String(result?.reason) });
    }
    return { disks, problems };
  }

  /** The configured paths, and the engine's folder if none of them is on its file system. */
  async #paths(): Promise<readonly string[]> {
    const { disks, engineFolder } = this.#options;
    if (engineFolder === undefined) return disks;
    try {
      this.#watched ??= await withFolder(disks, await engineFolder());
    } catch {
      // The engine's own source reports that it does not answer; the next sample asks again.
      return disks;
    }
    return this.#watched;
  }
}

async function withFolder(paths: readonly string[], folder: string): Promise<readonly string[]> {
  const { dev } = await stat(folder);
  const devices = await Promise.allSettled(paths.map((path) => stat(path)));
  const isThere = devices.some((it) => it.status === 'fulfilled' && it.value.dev === dev);
  return isThere ? paths : [...paths, folder];
}
