import type { Properties } from '../../../support/pulumi/stand-in-answers.ts';
import type { Run, RunBySteps } from './run.ts';
import type { RunningCommand } from './running-command.ts';

/** Commands of Pulumi on the project of a stack. */
interface PulumiCli {
  run(args: readonly string[]): Promise<Run>;
  runBySteps(args: readonly string[]): Promise<RunBySteps>;
  start(args: readonly string[]): RunningCommand;
  importState(stack: string, state: string): Promise<void>;
}

/** One stack of an engine. */
export class Stack {
  readonly #engine: PulumiCli;
  readonly name: string;

  constructor(engine: PulumiCli, name: string) {
    this.#engine = engine;
    this.name = name;
  }

  /** @param path a key, or an index or name inside its list or map. */
  async configure(path: string, value: string): Promise<void> {
    const set = ['config', 'set', '--stack', this.name, '--path'];
    await this.must([...set, `perch:${path}`, value]);
  }

  /** Sets a value as {@link configure} does, encrypted. */
  async configureSecret(path: string, value: string): Promise<void> {
    const set = ['config', 'set', '--secret', '--stack', this.name, '--path', '--'];
    await this.must([...set, `perch:${path}`, value]);
  }

  up(...options: readonly string[]): Promise<Run> {
    return this.#run(['up', '--yes', '--skip-preview', '--stack', this.name, ...options]);
  }

  /** Updates as {@link up} does, and returns the steps of the engine too. */
  async upBySteps(): Promise<RunBySteps> {
    return await this.#engine.runBySteps(['up', '--yes', '--skip-preview', '--stack', this.name]);
  }

  /** Replaces the stack's state. */
  async importState(state: string): Promise<void> {
    await this.#engine.importState(this.name, state);
  }

  /** Starts {@link up}, for a test that cuts it off. */
  startUp(): RunningCommand {
    return this.#engine.start(['up', '--yes', '--skip-preview', '--stack', this.name]);
  }

  /** Lets the engine forget resources of a type, not delete them, when they go. */
  async retain(type: string): Promise<void> {
    const state = JSON.parse(await this.exported()) as {
      deployment: { resources: { type: string; retainOnDelete?: boolean }[] };
    };
    for (const resource of state.deployment.resources) {
      if (resource.type === type) resource.retainOnDelete = true;
    }
    await this.importState(JSON.stringify(state));
  }

  /** Fails if an update would change anything. */
  preview(): Promise<Run> {
    return this.#run(['preview', '--expect-no-changes', '--stack', this.name]);
  }

  refresh(...options: readonly string[]): Promise<Run> {
    return this.#run(['refresh', '--yes', '--skip-preview', '--stack', this.name, ...options]);
  }

  destroy(...options: readonly string[]): Promise<Run> {
    return this.#run(['destroy', '--yes', '--skip-preview', '--stack', this.name, ...options]);
  }

  /** The stack's outputs, secrets in the clear. */
  async outputs(): Promise<Properties> {
    const show = ['stack', 'output', '--json', '--show-secrets', '--stack', this.name];
    return JSON.parse(await this.must(show)) as Properties;
  }

  /** The stored state, secrets encrypted. */
  async exported(): Promise<string> {
    return await this.must(['stack', 'export', '--stack', this.name]);
  }

  /** Runs a command that has to succeed, and returns its output. */
  async must(args: readonly string[]): Promise<string> {
    const { ok, output } = await this.#run(args);
    if (!ok) throw new Error(`pulumi ${args.join(' ')}:\n${output}`);
    return output;
  }

  #run(args: readonly string[]): Promise<Run> {
    return this.#engine.run(args);
  }
}
