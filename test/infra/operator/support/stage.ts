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

/** A host with a real sshd, and a folder in place of its Docker engine. */
export interface StageHost {
  readonly name: string;
  readonly sshd: TestSshd;
  readonly engine: string;
  /** Programs that its logins find first. */
  readonly programs: StandInPrograms;
  contain(...containers: readonly StageContainer[]): void;
  /** Reports the start of a container. */
  start(id: string): void;
  log(id: string, ...lines: readonly string[]): void;
  /** Shell script of the engine's further commands, which has the words of `docker`. */
  engineAlso(script: string): void;
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
    const addresses = this.hosts.map(({ name, sshd }) => ({ name, sshd }));
    const state = join(this.folder, 'state.json');
    writeFileSync(state, JSON.stringify(deployedState('shop', addresses, outputs)));
    const config = join(this.folder, 'config.json');
    const privateKey = this.hosts[0]?.sshd.privateKey;
    const values = privateKey === undefined ? {} : { 'perch:sshPrivateKey': { value: privateKey } };
    writeFileSync(config, JSON.stringify(values));
    this.programs.add(
      'pulumi',
      `case "$*" in
  *'--stack prod '*) ;;
  *'--stack '*) echo "error: no stack named 'prd' found" >&2; exit 255 ;;
esac
case $1-$2 in
  stack-ls) echo '[{"name":"prod"},{"name":"canary"}]' ;;
  stack-export) cat '${state}' ;;
  config-*) cat '${config}' ;;
esac`,
    );
  }

  /** Starts `npx perch` with these words. */
  start(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return spawn(process.execPath, [front, ...words], {
      cwd: this.folder,
      env: {
        PATH: [this.programs.folder, process.env['PATH']].join(delimiter),
        HOME: this.folder,
        ...environment,
      },
      stdio: 'pipe',
    });
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
  engine: string,
  name: string,
  { monitorEnvironment = {}, sshd: lines = [] }: StageOptions,
  like: TestSshd | undefined,
): Promise<StageHost> {
  const programs = new StandInPrograms(join(engine, 'bin'));
  mkdirSync(join(engine, 'logs'));
  for (const file of ['containers', 'events', 'more']) writeFileSync(join(engine, file), '');
  programs.add('docker', `exec sh '${join(import.meta.dirname, 'stand-in-docker.sh')}' "$@"`);
  const exported = Object.entries(monitorEnvironment).map(
    ([key, value]) => `export ${key}='${value}'`,
  );
  programs.add('perch', [...exported, `exec '${process.execPath}' '${runtime}' "$@"`].join('\n'));
  const path = [programs.folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const settings = [`SetEnv ENGINE=${engine} PATH=${path}`, ...lines];
  const sshd = await startSshd({ settings, ...(like && { like }) });
  return {
    name,
    sshd,
    engine,
    programs,
    contain(...containers) {
      const rows = containers.map(
        ({ id, part, track = '', member = '', status = 'Up 2 hours (healthy)' }) =>
          [id, 'shop', part, track, member, status].join('\t'),
      );
      writeFileSync(join(engine, 'containers'), rows.map((row) => `${row}\n`).join(''));
    },
    start: (id) => appendFileSync(join(engine, 'events'), `${id}\n`),
    log: (id, ...texts) =>
      appendFileSync(join(engine, 'logs', id), texts.map((text) => `${text}\n`).join('')),
    engineAlso: (script) => writeFileSync(join(engine, 'more'), script),
  };
}
