import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
const rootV1 = join(root, 'cpu');
const periodUs = 10_000;

/** Error of a machine on which no control groups can be made. */
export class NoCpuQuota extends Error {}

/** Control group of the kernel whose processes get at most a share of one core. */
export class CpuQuota implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param share of one core, 0.1 to 1.
   * @throws NoCpuQuota if control groups cannot be made here.
   */
  static create(name: string, share: number): CpuQuota {
    try {
      return CpuQuota.#create(name, share);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NoCpuQuota(`control groups need root on Linux: ${reason}`, { cause });
    }
  }

  static #create(name: string, share: number): CpuQuota {
    const isV1 = existsSync(rootV1);
    const folder = join(isV1 ? rootV1 : root, name);
    if (!isV1) writeFileSync(join(root, 'cgroup.subtree_control'), '+cpu');
    mkdirSync(folder);
    const quotaUs = Math.round(periodUs * share);
    if (isV1) {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(periodUs));
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
    } else {
      writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${periodUs}`);
    }
    return new CpuQuota(folder);
  }

  add(pid: number): void {
    writeFileSync(this.#procs, String(pid));
  }

  /** Removes the limit from the processes that are still in the group. */
  [Symbol.dispose](): void {
    const above = join(this.#folder, '..', 'cgroup.procs');
    for (const pid of readFileSync(this.#procs, 'utf8').split('\n').filter(Boolean)) {
      writeFileSync(above, pid);
    }
    rmdirSync(this.#folder);
  }

  get #procs(): string {
    return join(this.#folder, 'cgroup.procs');
  }
}
