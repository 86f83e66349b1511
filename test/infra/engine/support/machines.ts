import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImage } from './base-image.ts';
import { Machine } from './machine.ts';
import { MachineNetwork, type Family } from './machine-network.ts';
import { makeSshKey } from './ssh-key.ts';

export interface MachinesOptions {
  /** Size of the first one's disk, MiB. Default: this machine's disk. */
  readonly firstDiskMiB?: number | undefined;
  /** Family of their addresses. Default: IPv4. */
  readonly family?: Family | undefined;
}

/** Machines of one network: `m1`, `m2`, … Their engines hold the base image. */
export class Machines implements AsyncDisposable {
  /** Key that all of them accept. */
  readonly privateKey: string;
  readonly all: readonly Machine[];
  readonly network: MachineNetwork;
  readonly #owned: AsyncDisposable;

  private constructor(
    owned: AsyncDisposable,
    network: MachineNetwork,
    machines: readonly Machine[],
    privateKey: string,
  ) {
    this.#owned = owned;
    this.network = network;
    this.all = machines;
    this.privateKey = privateKey;
  }

  static async start(count: number, options: MachinesOptions = {}): Promise<Machines> {
    const { firstDiskMiB, family } = options;
    await using owned = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'perch-machines-'));
    const userKey = makeSshKey(join(folder, 'user'));
    rmSync(folder, { recursive: true });
    const network = owned.use(MachineNetwork.start(family));
    const machines: Machine[] = [];
    for (let number = 2; number < 2 + count; number += 1) {
      const diskMiB = number === 2 ? firstDiskMiB : undefined;
      const machine = owned.use(await Machine.start(number, network, { userKey, diskMiB }));
      await machine.loadImage(baseImage);
      machines.push(machine);
    }
    return new Machines(owned.move(), network, machines, userKey.privateKey);
  }

  /** The machine of this number, from 1 on. */
  get(number: number): Machine {
    const machine = this.all[number - 1];
    if (machine === undefined) throw new Error(`there is no machine ${number}`);
    return machine;
  }

  /** Lets each machine reach a port of this machine's loopback, such as a registry's, on its own. */
  async forward(port: number): Promise<void> {
    for (const machine of this.all) await machine.forward(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }
}
