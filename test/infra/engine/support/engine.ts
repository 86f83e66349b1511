import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandInPrograms } from '../../../support/pulumi/stand-in-programs.ts';
import { engineEnvironment } from './engine-environment.ts';
import { installPlugin } from './plugins.ts';
import { cloneProject, freshClone, linkProject } from './project-folder.ts';
import { operationsIn, stepsIn, type Operation, type Run, type RunBySteps } from './run.ts';
import { RunningCommand } from './running-command.ts';
import { Stack } from './stack.ts';

export type { Stack } from './stack.ts';

const root = join(import.meta.dirname, '../../../..');
const packages = ['aws', 'command', 'digitalocean', 'docker', 'random'] as const;

const newFolder = () => mkdtemp(join(tmpdir(), 'perch-engine-'));
const cliOptions = ['--non-interactive', '--color=never'];

/** Packages whose real plugin runs; the others have stand-ins. */
type Plugins = 'stand-ins' | 'real' | readonly string[];

/** The real Pulumi engine on this project, with stand-in providers and a home of its own. */
export class Engine implements AsyncDisposable {
  readonly #folder: string;
  readonly #plugins: Plugins;
  readonly #checkout: string;
  readonly #additional: NodeJS.ProcessEnv;
  /** Stand-ins for `docker` and `ssh`, which always succeed: there is no engine and no server. */
  readonly programs: StandInPrograms;

  private constructor(
    folder: string,
    plugins: Plugins,
    checkout: string,
    additional: NodeJS.ProcessEnv,
  ) {
    this.#additional = additional;
    this.#folder = folder;
    this.#plugins = plugins;
    this.#checkout = checkout;
    this.programs = new StandInPrograms(join(folder, 'bin'));
    for (const name of ['docker', 'ssh']) this.programs.add(name);
  }

  /**
   * @param plugins `real`: docker, command and random as they are installed for `pulumi`; or the
   * packages of which that holds.
   * @param checkout the project that runs. Default: this one.
   * @param additional environment of the Pulumi CLI and its plugins.
   */
  static async start(
    plugins: Plugins = 'stand-ins',
    checkout = root,
    additional: NodeJS.ProcessEnv = {},
  ): Promise<Engine> {
    const engine = new Engine(await newFolder(), plugins, checkout, additional);
    await linkProject(checkout, engine.project);
    return await engine.#ready();
  }

  /** Starts with stand-ins on a project of its own, which `make` puts into the folder that it gets. */
  static async startOn(make: (project: string) => Promise<void>): Promise<Engine> {
    return await Engine.#made('stand-ins', make);
  }

  /** Starts as {@link start} does, on a clone of this project, which has never run. */
  static async startClone(plugins: Plugins = 'stand-ins'): Promise<Engine> {
    return await Engine.#made(plugins, (project) => cloneProject(root, project));
  }

  /** Starts with the real plugins on a fresh clone of this project, as another user with `umask`. */
  static async startFreshClone(umask: string): Promise<Engine> {
    const folder = await newFolder();
    const home = join(folder, 'home');
    await mkdir(home);
    const engine = new Engine(folder, 'real', root, { HOME: home });
    await freshClone(root, engine.project, umask);
    return await engine.#ready();
  }

  static async #made(plugins: Plugins, make: (project: string) => Promise<void>): Promise<Engine> {
    const engine = new Engine(await newFolder(), plugins, root, {});
    await make(engine.project);
    return await engine.#ready();
  }

  async #ready(): Promise<Engine> {
    await mkdir(this.#file('state'));
    for (const name of packages) await installPlugin(this.#folder, name, this.#isReal(name));
    return this;
  }

  /** A new stack, configured by the text of a `Pulumi.<stack>.yaml`. */
  async stack(name: string, yaml: string, secrets: Record<string, string> = {}): Promise<Stack> {
    await writeFile(join(this.project, `Pulumi.${name}.yaml`), yaml);
    const stack = new Stack(this, name);
    await stack.must(['stack', 'init', name]);
    for (const [key, value] of Object.entries(secrets)) {
      await stack.must(['config', 'set', '--stack', name, '--secret', '--', `perch:${key}`, value]);
    }
    return stack;
  }

  /** Lets the creation of these resources, `TYPE NAME`, fail until the next call. */
  async failCreate(...resources: readonly string[]): Promise<void> {
    await this.#list('fail', resources);
  }

  /** Lets the deletion of these resources, `TYPE NAME`, fail until the next call. */
  async failDelete(...resources: readonly string[]): Promise<void> {
    await this.#list('fail-delete', resources);
  }

  /** Lets the creation of these resources, `TYPE NAME`, last until the next call. */
  async holdCreate(...resources: readonly string[]): Promise<void> {
    await this.#list('hold', resources);
  }

  async #list(file: string, resources: readonly string[]): Promise<void> {
    await writeFile(this.#file(file), resources.join('\n'));
  }

  /** Runs the Pulumi CLI on the project. */
  async run(args: readonly string[]): Promise<Run> {
    return await this.#recorded(() => this.start(args));
  }

  /** Starts the Pulumi CLI on the project. */
  start(args: readonly string[]): RunningCommand {
    return this.#start('pulumi', [...cliOptions, ...args]);
  }

  /** Runs `npm run deploy`'s program on the project. */
  async deploy(args: readonly string[]): Promise<Run> {
    return await this.#program('deploy.ts', args);
  }

  /** Starts `npx perch deploy` on the project. */
  startDeploy(args: readonly string[]): RunningCommand {
    return this.#startPerch(['deploy', ...args]);
  }

  /** Runs `npx perch` on the project. */
  async perch(args: readonly string[]): Promise<Run> {
    return await this.#recorded(() => this.#startPerch(args));
  }

  /** Runs `npm run rollback`'s program on the project. */
  async rollback(args: readonly string[]): Promise<Run> {
    return await this.#program('rollback.ts', args);
  }

  /** Runs `npx perch host`'s program on the project. */
  async host(args: readonly string[]): Promise<Run> {
    return await this.#program('replace-host.ts', args);
  }

  /** Runs `npx perch recover`'s program on the project. */
  async recover(stack: string): Promise<Run> {
    return await this.#program('recover.ts', ['--stack', stack]);
  }

  /** Runs the Pulumi CLI as {@link run} does, and returns the steps of the engine too. */
  async runBySteps(args: readonly string[]): Promise<RunBySteps> {
    const log = this.#file('events');
    await rm(log, { force: true });
    const run = await this.run([...args, '--event-log', log]);
    return { ...run, steps: stepsIn(log) };
  }

  /** Makes `state` the state of a stack. */
  async importState(stack: string, state: string): Promise<void> {
    const file = this.#file('import.json');
    await writeFile(file, state);
    const { ok, output } = await this.run(['stack', 'import', '--stack', stack, '--file', file]);
    if (!ok) throw new Error(output);
  }

  async #program(file: string, args: readonly string[]): Promise<Run> {
    return await this.#recorded(() => this.#startProgram(file, args));
  }

  #startProgram(file: string, args: readonly string[]): RunningCommand {
    return this.#start(process.execPath, [join(this.#checkout, 'infra', file), ...args]);
  }

  #startPerch(args: readonly string[]): RunningCommand {
    const front = join(this.#checkout, 'bin/perch.mjs');
    return this.#start(process.execPath, [front, ...args]);
  }

  async #recorded(start: () => RunningCommand): Promise<Run> {
    const before = this.#operations().length;
    const { ok, output } = await start().finished;
    return { ok, output, operations: this.#operations().slice(before) };
  }

  #start(program: string, args: readonly string[]): RunningCommand {
    return new RunningCommand(program, args, { cwd: this.project, env: this.#environment() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #operations(): Operation[] {
    return operationsIn(this.#file('log'));
  }

  #environment(): NodeJS.ProcessEnv {
    const programs = this.#plugins === 'real' ? undefined : this.programs.folder;
    return { ...engineEnvironment(this.#folder, programs), ...this.#additional };
  }

  /** Folder of the project. */
  get project(): string {
    return join(this.#folder, 'project');
  }

  #isReal(name: string): boolean {
    const plugins = this.#plugins;
    return typeof plugins === 'string' ? plugins === 'real' : plugins.includes(name);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}
