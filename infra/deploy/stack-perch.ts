import type { OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';
import { controlsOf, monitoredIn } from '../config/prod-connection.ts';
import { onAnyControl, type ControlAddress } from '../shell/control-shell.ts';
import { inMonitor, inMonitorWithInput } from '../shell/in-monitor.ts';

/** The `perch` command of a stack's service. */
export class StackPerch {
  readonly #stack: Stack;

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
    const outputs = await this.#stack.outputs();
    const { service = '', edgeService } = monitoredIn(outputs);
    const inShell = input === undefined ? inMonitor : inMonitorWithInput;
    const script = inShell({ service, edgeService }, words);
    return await onAnyControl(await this.#addresses(outputs), script, input);
  }

  /** None on target docker, where commands run on this machine. */
  async #addresses(outputs: OutputMap): Promise<readonly ControlAddress[]> {
    const controls = controlsOf(outputs);
    if (controls.length === 0) return [];
    const { value: privateKey } = await this.#stack.getConfig('perch:sshPrivateKey');
    return controls.map((control) => ({ ...control, privateKey }));
  }
}
