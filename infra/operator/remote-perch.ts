import { fstatSync } from 'node:fs';
import os from 'node:os';
import { operatorName } from '../../runtime/contract/operator-name.ts';
import type { HostAddress } from '../shell/host-connections.ts';
import {
  inMonitorFor,
  lacksMonitor,
  requireMonitor,
  type Attachment,
} from '../shell/in-monitor.ts';
import { isSshFailure } from '../shell/program.ts';
import type { OperatorContext } from './command.ts';
import { firstControl } from './first-control.ts';

/**
 * Runs a command of the runtime in a monitor of the stack, with the standard streams of this process.
 * @returns its exit code.
 * @throws PerchError `process_failed` if no host can run it.
 */
export async function remotePerch(
  context: OperatorContext,
  words: readonly string[],
): Promise<number> {
  const { connections, stack, signal } = context;
  const streams = streamsHere();
  const script = inMonitorFor({ operator: operatorName(os), streams }, stack, words);
  return await connections.attach(await controlHost(context), script, { streams, signal });
}

/** Standard streams that a command gets: those of this process. */
export function streamsHere(): Attachment['streams'] {
  if (process.stdin.isTTY && process.stdout.isTTY) return 'terminal';
  // A terminal whose output goes elsewhere, or /dev/null: nothing will be typed.
  return fstatSync(process.stdin.fd).isCharacterDevice() ? 'none' : 'input';
}

/**
 * Returns the first host that answers and has a healthy monitor.
 * @throws PerchError `process_failed` with the first host's reason if none does.
 */
export async function controlHost(context: OperatorContext): Promise<HostAddress> {
  const ask = async (address: HostAddress) => {
    await context.connections.run(address, requireMonitor(context.stack.edgeService));
    return address;
  };
  return await firstControl(context, ask, isOfHost);
}

function isOfHost(error: unknown): boolean {
  return isSshFailure(error) || lacksMonitor(error);
}
