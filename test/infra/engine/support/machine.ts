/**
 * Machines of the tests: hosts made of namespaces on this machine, each with a network, a process
 * tree, a /run, an /etc, a Docker engine and an ssh server of its own. They can lose power.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../../support/until.ts';
import type { MachineNetwork } from './machine-network.ts';
import { bootArgs, configureDocker, removeControlGroup } from './machine-boot.ts';
import { MachineDisk } from './machine-disk.ts';
import { prepareLogin, tunnelArgs, type LoginOptions } from './machine-login.ts';
import type { SshKey } from './ssh-key.ts';

const startTimeoutMs = 60_000;
const execFileAsync = promisify(execFile);

export interface MachineOptions extends LoginOptions {
  /** Size of a disk for what its Docker engine keeps, MiB. Default: this machine's disk. */
  readonly diskMiB?: number | undefined;
}

export interface RebootOptions {
  /** Time without power, milliseconds. Default 0. */
  readonly downMs?: number;
  /** Start without the private address, as with a VPN that comes up late. */
  readonly withoutPrivateAddress?: boolean;
}

/** A host that can lose power. */
export class Machine implements AsyncDisposable {
  readonly name: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  readonly port = 22;
  readonly user: string;
  /** Disk of its Docker engine; undefined if that is this machine's. */
  readonly disk: MachineDisk | undefined;
  readonly #number: number;
  readonly #network: MachineNetwork;
  readonly #folder: string;
  readonly #userKey: SshKey;
  /** Ports of this machine's loopback that the machine reaches on its own loopback. */
  readonly #forwarded = new Set<number>();
  /** Undefined without power. */
  #power: ChildProcess | undefined;
  #firstProcess = 0;

  private constructor(number: number, network: MachineNetwork, options: MachineOptions) {
    const { userKey, user = 'root', diskMiB } = options;
    this.name = `m${number - 1}`;
    this.#number = number;
    this.#network = network;
    this.#userKey = userKey;
    this.#folder = mkdtempSync(join(tmpdir(), `perch-machine-${this.name}-`));
    this.user = user;
    this.hostKey = prepareLogin(this.#folder, options).publicKey;
    configureDocker(this.#folder, network.family);
    this.disk = diskMiB === undefined ? undefined : new MachineDisk(this.#folder, diskMiB);
  }

  /**
   * @param number from 2 to 9: the last part of its addresses.
   */
  static async start(
    number: number,
    network: MachineNetwork,
    options: MachineOptions,
  ): Promise<Machine> {
    const machine = new Machine(number, network, options);
    await machine.powerOn();
    return machine;
  }

  /** Address for ssh and clients. */
  get address(): string {
    return this.#network.addressOf(this.#number);
  }

  /** Address for the other machines. */
  get privateAddress(): string {
    return this.#network.privateAddressOf(this.#number);
  }

  /** Its entry in the list `servers` of a stack's configuration. */
  get server() {
    const { name, address, privateAddress, user, port, hostKey } = this;
    return { name, address, privateAddress, user, port, hostKey };
  }

  /** Runs a program in the machine and returns its output. */
  run(program: string, ...args: readonly string[]): string {
    return execFileSync('nsenter', [...this.#inside, program, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 100_000_000,
    });
  }

  /** Runs a program as {@link run} does, while this process goes on, for example with its traffic. */
  async query(program: string, ...args: readonly string[]): Promise<string> {
    return (await execFileAsync('nsenter', [...this.#inside, program, ...args])).stdout.trim();
  }

  /** Runs `docker` against the machine's engine. */
  docker(...args: readonly string[]): string {
    return this.run('docker', ...args).trim();
  }

  /** Copies an image of this machine's Docker engine into the machine's. */
  async loadImage(image: string): Promise<void> {
    const inside = this.#inside.join(' ');
    const copy = `docker save '${image}' | nsenter ${inside} docker load`;
    await execFileAsync('sh', ['-c', copy]);
  }

  /** Forwards a port of the machine's loopback to the same port of this machine's loopback. */
  async forward(port: number): Promise<void> {
    this.#forwarded.add(port);
    await this.#openForward(port);
  }

  addPrivateAddress(): void {
    this.#network.addPrivateAddress(this.#number);
  }

  removePrivateAddress(): void {
    this.#network.removePrivateAddress(this.#number);
  }

  /** Loses power at once: no process can say goodbye, no peer gets a packet. The disk stays. */
  async powerOff(): Promise<void> {
    if (this.#power === undefined) return;
    const exited = once(this.#power, 'exit');
    this.#network.unplug(this.#number);
    process.kill(this.#firstProcess, 'SIGKILL');
    await exited;
    this.#power = undefined;
    this.#network.remove(this.#number);
    removeControlGroup(this.#controlGroup);
  }

  /** Boots; settles once its Docker engine and its ssh server answer. */
  async powerOn(options: Pick<RebootOptions, 'withoutPrivateAddress'> = {}): Promise<void> {
    this.#network.plugIn(this.#number);
    if (options.withoutPrivateAddress !== true) this.addPrivateAddress();
    await this.#boot();
    this.#spawn('sshd', ['-D', '-e', '-f', join(this.#folder, 'ssh/config')]);
    await this.#startContainerd();
    await this.startDocker();
    for (const port of this.#forwarded) await this.#openForward(port);
  }

  async reboot({ downMs = 0, ...options }: RebootOptions = {}): Promise<void> {
    await this.powerOff();
    const upAt = performance.now() + downMs;
    await until(() => performance.now() >= upAt, { timeoutMs: downMs + 1_000 });
    await this.powerOn(options);
  }

  /** Starts the Docker engine as its package's service does, beside containerd. */
  async startDocker(): Promise<void> {
    const options = [
      `--data-root=${this.#ofEngine('docker')}`,
      `--cgroup-parent=${this.#controlGroup}`,
    ];
    this.#spawn('dockerd', ['--containerd=/run/containerd/containerd.sock', ...options]);
    await until(() => this.#answers('docker', 'info'), {
      what: `Docker on ${this.name} to answer`,
      timeoutMs: startTimeoutMs,
      everyMs: 50,
    });
  }

  /** Stops the Docker engine as its package's service does. */
  async stopDocker(): Promise<void> {
    this.run('sh', '-c', 'kill "$(cat /run/docker.pid)"');
    await until(() => !existsSync(this.#ofMachine('/run/docker.pid')), {
      what: `Docker on ${this.name} to stop`,
      timeoutMs: startTimeoutMs,
    });
  }

  /** Restarts the Docker engine, as an update of its package does. */
  async restartDocker(): Promise<void> {
    await this.stopDocker();
    await this.startDocker();
  }

  /** Output of a program of the machine: `dockerd`, `containerd`, `sshd`. */
  logOf(program: string): string {
    return readFileSync(join(this.#folder, `${program}.log`), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff();
    this.disk?.[Symbol.dispose]();
    // What its Docker engine kept takes long on a busy machine: this process goes on meanwhile.
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Starts the first process, in namespaces of its own that end with it. */
  async #boot(): Promise<void> {
    const booted = join(this.#folder, 'booted');
    rmSync(booted, { force: true });
    const args = bootArgs(this.#network.namespaceOf(this.#number));
    // Ends with the test's process, whatever happens to that.
    const power = spawn('setpriv', ['--pdeathsig', 'KILL', ...args], {
      env: { PATH: process.env['PATH'], FOLDER: this.#folder, NAME: this.name },
      stdio: ['ignore', 'ignore', openSync(join(this.#folder, 'boot.log'), 'a')],
    });
    this.#power = power;
    await until(
      () => {
        if (power.exitCode !== null) throw new Error(this.logOf('boot'));
        return existsSync(booted);
      },
      { what: `${this.name} to boot` },
    );
    const children = `/proc/${power.pid}/task/${power.pid}/children`;
    this.#firstProcess = Number(readFileSync(children, 'utf8').trim());
  }

  async #startContainerd(): Promise<void> {
    const root = `--root=${this.#ofEngine('containerd')}`;
    this.#spawn('containerd', [root, '--state=/run/containerd', '--config=/dev/null']);
    const socket = this.#ofMachine('/run/containerd/containerd.sock');
    await until(() => existsSync(socket), { what: 'containerd to answer' });
  }

  /** Starts a daemon that lives as long as the machine has power. */
  #spawn(program: string, args: readonly string[]): void {
    const path = this.run('which', program).trim();
    const log = openSync(join(this.#folder, `${program}.log`), 'a');
    spawn('nsenter', [...this.#inside, path, ...args], { stdio: ['ignore', log, log] });
  }

  async #openForward(port: number): Promise<void> {
    const { address, hostKey } = this;
    const { privateKey } = this.#userKey;
    const args = tunnelArgs(this.#folder, port, { address, hostKey, privateKey });
    spawn('ssh', args, { stdio: 'ignore' });
    await until(() => this.#answers('sh', '-c', `ss -ltn | grep -q '127.0.0.1:${port} '`), {
      what: `port ${port} to be forwarded`,
      everyMs: 100,
    });
  }

  async #answers(program: string, ...args: readonly string[]): Promise<boolean> {
    return await this.query(program, ...args).then(
      () => true,
      () => false,
    );
  }

  /** Adds a program that the machine's user finds first. */
  addProgram(name: string, script: string): void {
    const file = join(this.#folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  get #controlGroup(): string {
    return `/${this.#network.namespaceOf(this.#number)}`;
  }

  get #inside(): string[] {
    return ['--target', String(this.#firstProcess), '--mount', '--uts', '--ipc', '--net', '--pid'];
  }

  /** Folder of what its Docker engine keeps. */
  #ofEngine(name: string): string {
    return join(this.disk?.folder ?? this.#folder, name);
  }

  #ofMachine(path: string): string {
    return `/proc/${this.#firstProcess}/root${path}`;
  }
}
