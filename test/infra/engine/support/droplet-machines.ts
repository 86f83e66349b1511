import { bootstrapScript } from '../../../../infra/hosts/bootstrap.ts';
import { baseImage } from './base-image.ts';
import type { DropletAddresses, Hardware } from './digitalocean/hardware.ts';
import { Machine } from './machine.ts';
import { MachineNetwork } from './machine-network.ts';
import type { SshKey } from './ssh-key.ts';

/** Part of a new machine's user data that counts here. */
interface CloudConfig {
  readonly users: readonly { readonly name: string; readonly ssh_authorized_keys: string[] }[];
  readonly ssh_keys: { readonly ed25519_private: string; readonly ed25519_public: string };
}

/**
 * Machines behind the droplets of the tests' account: each boots as cloud-init would set it up, with
 * the user, the keys and the preparation of its user data.
 */
export class DropletMachines implements Hardware, AsyncDisposable {
  readonly network = MachineNetwork.start();
  readonly #machines = new Map<number, Machine>();
  /** Machines that lose their power and their disk. */
  readonly #ending: Promise<void>[] = [];
  readonly #userKey: SshKey;
  #forwarded: readonly number[] = [];
  #lastNumber = 1;

  /** @param userKey key of the user; its public half has to be in the user data. */
  constructor(userKey: SshKey) {
    this.#userKey = userKey;
  }

  /** Lets machines that are made from now on reach ports of this machine's loopback on their own. */
  forward(...ports: readonly number[]): void {
    this.#forwarded = ports;
  }

  get all(): Machine[] {
    return [...this.#machines.values()];
  }

  /** The machine with this public address. */
  at(address: string): Machine {
    const found = this.all.find((machine) => machine.address === address);
    if (found === undefined) throw new Error(`no machine has ${address}`);
    return found;
  }

  async create(id: number, userData: string): Promise<DropletAddresses> {
    const { users, ssh_keys: keys } = JSON.parse(userData.replace(/^#.*\n/, '')) as CloudConfig;
    const [user] = users;
    if (user?.ssh_authorized_keys.includes(this.#userKey.publicKey) !== true) {
      throw new Error('the user data must let the user in');
    }
    this.#lastNumber += 1;
    const machine = await Machine.start(this.#lastNumber, this.network, {
      userKey: this.#userKey,
      user: user.name,
      hostKey: { privateKey: keys.ed25519_private, publicKey: keys.ed25519_public },
    });
    this.#machines.set(id, machine);
    machine.addProgram('cloud-init', 'exit 0');
    await machine.loadImage(baseImage);
    await machine.query('sh', '-c', bootstrapScript);
    for (const port of this.#forwarded) await machine.forward(port);
    const { address: publicAddress, privateAddress } = machine;
    return { publicAddress, privateAddress };
  }

  async powerOff(id: number): Promise<void> {
    await this.#machines.get(id)?.powerOff();
  }

  async powerOn(id: number): Promise<void> {
    await this.#machines.get(id)?.powerOn();
  }

  /** Ends a machine. DigitalOcean answers at once, too: whoever calls it waits a minute at most. */
  delete(id: number): void {
    const machine = this.#machines.get(id);
    this.#machines.delete(id);
    if (machine !== undefined) this.#ending.push(machine[Symbol.asyncDispose]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#machines.keys()) this.delete(id);
    await Promise.all(this.#ending);
    this.network[Symbol.dispose]();
  }
}
