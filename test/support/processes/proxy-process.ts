import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bareEnvironment } from './bare-environment.ts';
import { until } from '../until.ts';

const perch = join(import.meta.dirname, '../../../runtime/bin/perch.ts');

export interface ProxyProcessOptions {
  /** Further options of `perch proxy`. */
  readonly args?: readonly string[];
  /** Environment on top of the test's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Command that starts it, with `node perch.ts proxy …` as its last arguments. */
  readonly through?: readonly string[];
}

export interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly [field: string]: unknown;
}

/** A `perch proxy` process on free ports of loopback. */
export class ProxyProcess implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly exited: Promise<number | NodeJS.Signals>;
  stderr = '';
  readonly #child: ChildProcess;

  constructor({ args = [], env = {}, through = [] }: ProxyProcessOptions) {
    const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
    const admin = args.includes('--admin') ? [] : ['--admin', '127.0.0.1:0'];
    const command = [...through, process.execPath, perch, 'proxy', ...listen, ...admin, ...args];
    this.#child = spawn(command[0] ?? '', command.slice(1), {
      env: { ...bareEnvironment, PERCH_HOST: 'test', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    if (stdout !== null) {
      createInterface({ input: stdout }).on('line', (line) => this.log.push(JSON.parse(line)));
    }
    const exit = Promise.withResolvers<number | NodeJS.Signals>();
    this.exited = exit.promise;
    this.#child.once('close', (code, signal) => exit.resolve(signal ?? code ?? -1));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('perch proxy does not run');
    return this.#child.pid;
  }

  /** Address for clients, `127.0.0.1:PORT`. */
  get listening(): string {
    return String(this.#serving['listening']);
  }

  /** Port of https. */
  get tlsPort(): number {
    return Number(String(this.#serving['tlsListening']).split(':').at(-1));
  }

  get origin(): string {
    return `http://${this.listening}`;
  }

  /** URL of the admin server, `http://127.0.0.1:PORT`. */
  get admin(): string {
    return `http://${String(this.#serving['admin'])}`;
  }

  get #serving(): LogLine {
    const line = this.log.find(({ msg }) => msg === 'proxy is serving');
    if (line === undefined) throw new Error('perch proxy does not serve');
    return line;
  }

  async untilServing(): Promise<void> {
    await until(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`perch proxy ended: ${this.stderr}`);
        return this.log.some(({ msg }) => msg === 'proxy is serving');
      },
      { what: 'perch proxy to serve' },
    );
  }

  async ready(): Promise<Readiness> {
    return (await (await fetch(`${this.admin}/readyz`)).json()) as Readiness;
  }

  async untilGeneration(generation: number): Promise<void> {
    const applied = async () => {
      const { ready, ...readiness } = await this.ready();
      return ready && readiness.generation >= generation;
    };
    await until(applied, { what: `generation ${generation} on every worker` });
  }

  /** Returns the samples in `/metrics` whose lines contain all `parts`. */
  async metrics(...parts: string[]): Promise<string[]> {
    const text = await (await fetch(`${this.admin}/metrics`)).text();
    const samples = text.split('\n').filter((line) => !line.startsWith('#'));
    return samples.filter((line) => parts.every((part) => line.includes(part)));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it with SIGTERM; returns its exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.signal('SIGTERM');
    return await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      // The second signal ends it at once; another kind, so that the two are not merged into one.
      this.signal('SIGTERM');
      this.signal('SIGINT');
      await this.exited;
    }
  }
}

export interface Readiness {
  readonly ready: boolean;
  readonly generation: number;
  readonly condition: string;
  /** Reason for which a worker withholds the canary's share. */
  readonly withheld: string | null;
  readonly workers: readonly {
    readonly id: string;
    readonly generation?: number;
    readonly withheld?: string;
  }[];
}

export async function startProxy(options: ProxyProcessOptions): Promise<ProxyProcess> {
  const proxy = new ProxyProcess(options);
  try {
    await proxy.untilServing();
  } catch (error) {
    await proxy[Symbol.asyncDispose]();
    throw error;
  }
  return proxy;
}
