import { execFileSync, spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';

const programs = ['ip', 'nsenter', 'unshare', 'setpriv', 'tini', 'dockerd', 'containerd', 'sshd'];

/** Family of the addresses of machines. They have none of the other one, but on loopback and in Docker. */
export type Family = 'ipv4' | 'ipv6';

/** Arguments of `ip` behind an address. No address of IPv6 waits for its duplicate. */
const prefixes: Readonly<Record<Family, readonly [string, ...string[]]>> = {
  ipv4: ['24'],
  ipv6: ['64', 'nodad'],
};

/** Reason why machines cannot be made here. Undefined: they can. */
export function whyNoMachines(): string | undefined {
  if (userInfo().uid !== 0) return 'machines need root';
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} must be on PATH`;
}

/**
 * A network of test machines and this one: a switch in a network namespace of its own, so that no
 * rule of this machine's firewall applies to what passes it. Who asks for an address that is down
 * gets no answer, as in a cloud's network: neighbors are permanent, so nothing says "unreachable".
 */
export class MachineNetwork implements Disposable {
  readonly family: Family;
  readonly #id: number;
  readonly #switch: string;
  readonly #uplink: string;

  /** @param id makes its names and its range, 10.99.id.0/24 or fd99:id::/64, unique on this machine. */
  private constructor(id: number, family: Family) {
    this.#id = id;
    this.family = family;
    this.#switch = `perch-${id}-switch`;
    this.#uplink = `perch-${id}-up`;
  }

  static start(family: Family = 'ipv4'): MachineNetwork {
    const network = new MachineNetwork(freeId(), family);
    network.#makeSwitch();
    return network;
  }

  /** Address of this machine. */
  get gateway(): string {
    return this.addressOf(1);
  }

  /** Address for ssh and clients. */
  addressOf(machine: number): string {
    return this.#address(99, machine);
  }

  /** Address for the other machines, which may come up late. */
  privateAddressOf(machine: number): string {
    return this.#address(98, machine);
  }

  /** Network namespace of a machine. */
  namespaceOf(machine: number): string {
    return `perch-${this.#id}-${machine}`;
  }

  /** Gives a machine that starts a network namespace of its own, with the address for ssh. */
  plugIn(machine: number): void {
    const namespace = this.namespaceOf(machine);
    const cable = this.#cableOf(machine);
    ip(['netns', 'add', namespace]);
    ip([
      'link',
      'add',
      cable,
      'netns',
      this.#switch,
      'type',
      'veth',
      'peer',
      'eth0',
      'netns',
      namespace,
    ]);
    ip(['-n', this.#switch, 'link', 'set', cable, 'master', 'switch', 'up']);
    ip(['-n', namespace, 'link', 'set', 'lo', 'up']);
    ip([
      '-n',
      namespace,
      'link',
      'set',
      'eth0',
      'address',
      hardwareAddress(this.#id, machine),
      'up',
    ]);
    ip(['-n', namespace, 'address', 'add', ...this.#onDevice(this.addressOf(machine), 'eth0')]);
    this.#knowNeighbors(['-n', namespace], 'eth0', machine);
  }

  addPrivateAddress(machine: number): void {
    const address = this.#onDevice(this.privateAddressOf(machine), 'eth0');
    ip(['-n', this.namespaceOf(machine), 'address', 'add', ...address]);
  }

  removePrivateAddress(machine: number): void {
    const address = this.#onDevice(this.privateAddressOf(machine), 'eth0');
    ip(['-n', this.namespaceOf(machine), 'address', 'del', ...address]);
  }

  /** Pulls the cable of a machine, before its processes could say goodbye. */
  unplug(machine: number): void {
    ip(['-n', this.#switch, 'link', 'del', this.#cableOf(machine)]);
  }

  /** Removes the namespace of a machine that is down. */
  remove(machine: number): void {
    ip(['netns', 'del', this.namespaceOf(machine)]);
  }

  [Symbol.dispose](): void {
    ip(['link', 'del', this.#uplink]);
    ip(['netns', 'del', this.#switch]);
  }

  #makeSwitch(): void {
    ip(['netns', 'add', this.#switch]);
    const inSwitch = ['-n', this.#switch];
    ip([...inSwitch, 'link', 'add', 'switch', 'type', 'bridge']);
    ip([...inSwitch, 'link', 'set', 'switch', 'up']);
    ip(['link', 'add', this.#uplink, 'type', 'veth', 'peer', 'uplink', 'netns', this.#switch]);
    ip([...inSwitch, 'link', 'set', 'uplink', 'master', 'switch', 'up']);
    ip(['link', 'set', this.#uplink, 'address', hardwareAddress(this.#id, 1), 'up']);
    for (const address of [this.addressOf(1), this.privateAddressOf(1)]) {
      ip(['address', 'add', ...this.#onDevice(address, this.#uplink)]);
    }
    this.#knowNeighbors([], this.#uplink, 1);
  }

  #knowNeighbors(where: readonly string[], device: string, own: number): void {
    for (let machine = 1; machine < 10; machine += 1) {
      if (machine === own) continue;
      const hardware = hardwareAddress(this.#id, machine);
      for (const address of [this.addressOf(machine), this.privateAddressOf(machine)]) {
        const entry = [address, 'lladdr', hardware, 'dev', device, 'nud', 'permanent'];
        ip([...where, 'neighbor', 'replace', ...entry]);
      }
    }
  }

  #address(range: number, machine: number): string {
    return this.family === 'ipv4'
      ? `10.${range}.${this.#id}.${machine}`
      : `fd${range}:${this.#id}::${machine}`;
  }

  #onDevice(address: string, device: string): string[] {
    const [length, ...options] = prefixes[this.family];
    return [`${address}/${length}`, 'dev', device, ...options];
  }

  #cableOf(machine: number): string {
    return `cable${machine}`;
  }
}

function hardwareAddress(network: number, machine: number): string {
  const bytes = [0x02, 0x99, 0, 0, network, machine];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Number of no network that exists here. */
function freeId(): number {
  const taken = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  const first = 1 + (process.pid % 200);
  const ids = Array.from({ length: 50 }, (_, index) => first + index);
  const free = ids.find((id) => !taken.includes(`perch-${id}-`));
  if (free === undefined) throw new Error('too many networks of machines exist: ip netns list');
  return free;
}

function ip(args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
