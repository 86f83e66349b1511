import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { StandInPrograms } from '../../../support/pulumi/stand-in-programs.ts';
import { startSshd, type TestSshd } from '../../engine/support/sshd.ts';
import { deployedState } from './deployed-state.ts';

const front = join(import.meta.dirname, '../../../../bin/perch.mjs');
const runtime = join(import.meta.dirname, '../../../../runtime/bin/perch.ts');

export interface StageContainer {
  readonly id: string;
  readonly part: 'app' | 'monitor' | 'proxy' | 'redis';
  readonly track?: 'stable' | 'canary';
  readonly member?: string;
  readonly status?: string;
}

/** A folder in place of a Docker engine. */
export interface StageEngine {
  readonly folder: string;
  /** Programs that those who use the engine find first. */
  readonly programs: StandInPrograms;
  contain(...containers: readonly StageContainer[]): void;
  /** Reports the start of a container. */
  start(id: string): void;
  log(id: string, ...lines: readonly string[]): void;
  /** Shell script of the engine's further commands, which has the words of `docker`. */
  engineAlso(script: string): void;
}

/** A host with a real sshd. */
export interface StageHost extends StageEngine {
  readonly name: string;
  readonly sshd: TestSshd;
}

export interface StageOptions {
  readonly hosts: readonly string[];
  /** Environment of the monitors, and so of `perch` in them. */
  readonly monitorEnvironment?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Further lines of each sshd's configuration. */
  readonly sshd?: readonly string[];
}

/** Hosts of a stack `prod` of service `shop`, and a `pulumi` that knows that stack alone. */
export class Stage implements AsyncDisposable {
  readonly hosts: readonly StageHost[];
  readonly folder: string;
  readonly programs: StandInPrograms;

  private constructor(folder: string, hosts: readonly StageHost[]) {
    this.folder = folder;
    this.hosts = hosts;
    this.programs = new StandInPrograms(join(folder, 'bin'));
  }

  static async start(options: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'perch-stage-'));
    const hosts: StageHost[] = [];
    for (const name of options.hosts) {
      hosts.push(await startHost(join(folder, name), name, options, hosts[0]?.sshd));
    }
    const stage = new Stage(folder, hosts);
    stage.deploy(options.outputs);
    return stage;
  }

  /** Makes the stack's state anew, for example with other outputs. */
  deploy(outputs: Readonly<Record<string, unknown>> = {}): void {
    this.deployStack('prod', this.hosts, outputs);
    this.#write('config-canary.json', {});
    this.programs.add(
      'pulumi',
      `stack=$(printf '%s\\n' "$@" | sed -n '/^--stack$/{n;p;}')
cd '${this.folder}'
case $1-$2 in
  stack-ls) echo '[{"name":"prod"},{"name":"canary"}]'; exit ;;
  stack-export) file=state-$stack.json ;;
  config-*) file=config-$stack.json ;;
esac
if ! [ -f "$file" ]; then echo "error: no stack named '$stack' found" >&2; exit 255; fi
cat "$file"`,
    );
  }

  /** Makes the state of a stack of these hosts. A host without an sshd is this machine. */
  deployStack(
    name: string,
    hosts: readonly Pick<StageHost, 'name' | 'sshd'>[] | readonly { readonly name: string }[],
    outputs: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#write(`state-${name}.json`, deployedState('shop', hosts, outputs));
    const privateKey = this.hosts[0]?.sshd.privateKey;
    this.#write(`config-${name}.json`, {
      'perch:target': { value: 'server' },
      'perch:service': { value: 'shop' },
      ...(privateKey !== undefined && { 'perch:sshPrivateKey': { value: privateKey } }),
    });
  }

  #write(file: string, content: unknown): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }

  /** Returns the program that `npx perch` starts, with its words and surroundings. */
  command(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = {
      PATH: [this.programs.folder, process.env['PATH']].join(delimiter),
      HOME: this.folder,
      ...environment,
    };
    return {
      program: process.execPath,
      words: [front, ...words],
      options: { cwd: this.folder, env },
    };
  }

  /** Starts `npx perch` with these words. */
  start(given: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { program, words, options } = this.command(given, environment);
    return spawn(program, words, { ...options, stdio: 'pipe' });
  }

  /** Runs `npx perch` to its end. */
  async perch(
    words: readonly string[],
    options: { readonly stdin?: string; readonly environment?: Record<string, string> } = {},
  ): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
    const child = this.start(words, options.environment);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.end(options.stdin ?? '');
    const [code]: unknown[] = await once(child, 'close');
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { sshd } of this.hosts) await sshd[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function startHost(
  folder: string,
  name: string,
  { monitorEnvironment = {}, sshd: lines = [] }: StageOptions,
  like: TestSshd | undefined,
): Promise<StageHost> {
  const engine = startEngine(folder, monitorEnvironment);
  const { programs } = engine;
  const path = [programs.folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const settings = [`SetEnv ENGINE=${folder} PATH=${path}`, ...lines];
  const sshd = await startSshd({ settings, ...(like && { like }) });
  return { ...engine, name, sshd };
}

/**
 * A folder in place of a Docker engine.
 * @param environment of `perch` in its monitors.
 */
export function startEngine(
  folder: string,
  environment: Readonly<Record<string, string>>,
): StageEngine {
  const programs = new StandInPrograms(join(folder, 'bin'));
  mkdirSync(join(folder, 'logs'));
  for (const file of ['containers', 'events', 'more']) writeFileSync(join(folder, file), '');
  programs.add('docker', `exec sh '${join(import.meta.dirname, 'stand-in-docker.sh')}' "$@"`);
  const exported = Object.entries(environment).map(([key, value]) => `export ${key}='${value}'`);
  programs.add('perch', [...exported, `exec '${process.execPath}' '${runtime}' "$@"`].join('\n'));
  return {
    folder,
    programs,
    contain(...containers) {
      const rows = containers.map(
        ({ id, part, track = '', member = '', status = 'Up 2 hours (healthy)' }) =>
          [id, 'shop', part, track, member, status].join('\t'),
      );
      writeFileSync(join(folder, 'containers'), rows.map((row) => `${row}\n`).join(''));
    },
    start: (id) => appendFileSync(join(folder, 'events'), `${id}\n`),
    log: (id, ...texts) =>
      appendFileSync(join(folder, 'logs', id), texts.map((text) => `${text}\n`).join('')),
    engineAlso: (script) => writeFileSync(join(folder, 'more'), script),
  };
}
