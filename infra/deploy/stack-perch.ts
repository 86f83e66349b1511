import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { controlsOf, monitoredIn } from '../config/prod-connection.ts';
import { onAnyControl, type ControlAddress } from '../shell/control-shell.ts';
import { inMonitor, inMonitorWithInput, type Monitored } from '../shell/in-monitor.ts';

/** Way to the monitor in which `perch` runs for a service. */
interface MonitorAccess {
  readonly monitored: Monitored;
  /** None on target docker, where commands run on this machine. */
  readonly addresses: readonly ControlAddress[];
}

/** The `perch` command of a stack's service. */
export class StackPerch {
  readonly #stack: Stack;
  /** Asked for once between two updates, because Pulumi takes seconds to answer. */
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

  /** Asks Pulumi again before the next command: an update may have changed where commands run. */
  forgetAccess(): void {
    this.#access = undefined;
  }

  async #find(): Promise<MonitorAccess> {
    try {
      const outputs = await this.#stack.outputs();
      const { service = '', edgeService } = monitoredIn(outputs);
      const monitored = { service, edgeService };
      const controls = controlsOf(outputs);
      if (controls.length === 0) return { monitored, addresses: [] };
      const { value: privateKey } = await this.#stack.getConfig('perch:sshPrivateKey');
      return { monitored, addresses: controls.map((control) => ({ ...control, privateKey })) };
    } catch (error) {
      this.forgetAccess();
      throw error;
    }
  }
}
