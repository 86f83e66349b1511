import { join } from 'node:path';
import type { Child } from '../processes/child.ts';
import { RestartingChild } from '../processes/restarting-child.ts';
import type { Program, ProcessSupervisor } from '../processes/process-supervisor.ts';

const entry = join(import.meta.dirname, '../../runtime/bin/perch.ts');

/** Runs the `perch` command, as operators do. */
export class Perch {
  readonly #supervisor: ProcessSupervisor;
  readonly #env: Readonly<Record<string, string>>;
  /** Shared by all, because it tells their log files apart. */
  static #runs = 0;

  /** @param env environment that names the service and its Redis. */
  constructor(supervisor: ProcessSupervisor, env: Readonly<Record<string, string>>) {
    this.#supervisor = supervisor;
    this.#env = env;
  }

  /** Runs it for another service, or with another way to Redis. */
  with(env: Readonly<Record<string, string>>): Perch {
    return new Perch(this.#supervisor, { ...this.#env, ...env });
  }

  /**
   * Runs a command to its end.
   * @returns its output, parsed as JSON.
   * @throws PerchError `process_failed` with its error message.
   */
  async run(...args: readonly string[]): Promise<unknown> {
    return await this.#run(args);
  }

  /** Runs a command with a value in JSON on its standard input, as {@link run}. */
  async give(value: object, ...args: readonly string[]): Promise<unknown> {
    return await this.#run(args, JSON.stringify(value));
  }

  async #run(args: readonly string[], input?: string): Promise<unknown> {
    Perch.#runs += 1;
    const words = args
      .slice(0, 2)
      .join('-')
      .replaceAll(/[^\w-]/g, '_');
    const output = await this.#supervisor.run({
      name: `perch-${Perch.#runs}-${words}`,
      command: process.execPath,
      args: [entry, ...args, '--json'],
      env: this.#env,
      input,
    });
    return JSON.parse(output);
  }

  /** Starts a process that runs until it is stopped. */
  async start(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Child> {
    return await this.#supervisor.start(this.#program(name, args, env));
  }

  /** Starts a process that is restarted whenever it ends. */
  async keepRunning(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<RestartingChild> {
    const program = this.#program(name, args, env);
    const start = () => this.#supervisor.start(program, { mayEnd: true });
    return new RestartingChild(await start(), start);
  }

  #program(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Program {
    return {
      name,
      command: process.execPath,
      args: [entry, ...args],
      env: { ...this.#env, ...env },
    };
  }
}
