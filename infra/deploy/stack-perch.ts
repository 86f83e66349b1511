import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { controlsOf, monitoredIn, type Outputs } from '../config/prod-connection.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { onAnyControl, type ControlAddress } from '../shell/control-shell.ts';
import { inMonitor, inMonitorWithInput, type Monitored } from '../shell/in-monitor.ts';
import { runProgram } from '../shell/program.ts';

/** Way to the monitor in which `perch` runs for a service. */
interface MonitorAccess {
  readonly monitored: Monitored;
  /** None on target docker, where commands run on this machine. */
  readonly addresses: readonly ControlAddress[];
}

const outputsSchema = z.record(z.string(), z.unknown());

/**
 * The `perch` command of a stack's service, and the outputs that say where it runs. Both are asked for
 * once between two updates, because Pulumi takes seconds to answer.
 */
export class StackPerch {
  readonly #stack: Stack;
  #outputs: Promise<Outputs> | undefined;
  #access: Promise<MonitorAccess> | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /**
   * Runs `perch` in a monitor on the control host, or on another host if that one is down.
   * @param input its standard input. Default: none.
   * @returns what it printed.
   * @throws PerchError as onAnyControl does.
   */
  async run(words: readonly string[], input?: string): Promise<string> {
    this.#access ??= this.#find();
    const { monitored, addresses } = await this.#access;
    const inShell = input === undefined ? inMonitor : inMonitorWithInput;
    return await onAnyControl(addresses, inShell(monitored, words), input);
  }

  /**
   * Reads the stack's outputs with secrets in the clear: they must stay in memory.
   * @throws PerchError `process_failed` if Pulumi cannot read them.
   */
  async outputs(): Promise<Outputs> {
    this.#outputs ??= this.#readOutputs();
    return await this.#outputs;
  }

  /** Asks Pulumi again from now on: an update may have changed the outputs, and where commands run. */
  forget(): void {
    this.#outputs = undefined;
    this.#access = undefined;
  }

  async #readOutputs(): Promise<Outputs> {
    try {
      const show = ['stack', 'output', '--json', '--show-secrets', '--non-interactive'];
      const printed = await runProgram('pulumi', [...show, '--stack', this.#stack.name]);
      const outputs = Object.entries(outputsSchema.parse(JSON.parse(printed)));
      return Object.fromEntries(outputs.map(([output, value]) => [output, { value }]));
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #find(): Promise<MonitorAccess> {
    try {
      const outputs = await this.outputs();
      const { service, edgeService } = monitoredIn(outputs);
      if (service === undefined) {
        // Its hosts are not known either, and a command must not run on this machine instead.
        const text = `no update of stack ${this.#stack.name} has succeeded yet, so it has no known monitor`;
        throw new PerchError('bad_input', text);
      }
      const monitored = { service, edgeService };
      const controls = controlsOf(outputs);
      if (controls.length === 0) return { monitored, addresses: [] };
      const { value: privateKey } = await this.#stack.getConfig('perch:sshPrivateKey');
      return { monitored, addresses: controls.map((control) => ({ ...control, privateKey })) };
    } catch (error) {
      this.forget();
      throw error;
    }
  }
}
