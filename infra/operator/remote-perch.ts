import { fstatSync } from 'node:fs';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { HostAddress } from '../shell/host-connections.ts';
import {
  inMonitorFor,
  lacksMonitor,
  requireMonitor,
  type Attachment,
} from '../shell/in-monitor.ts';
import { isSshFailure } from '../shell/program.ts';
import { userAtMachine } from '../shell/user-name.ts';
import type { OperatorContext } from './command.ts';

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
  const script = inMonitorFor({ operator: userAtMachine(), streams }, stack, words);
  return await connections.attach(await control(context), script, { streams, signal });
}

/** Standard streams that a command gets: those of this process. */
export function streamsHere(): Attachment['streams'] {
  if (process.stdin.isTTY && process.stdout.isTTY) return 'terminal';
  // A terminal whose output goes elsewhere, or /dev/null: nothing will be typed.
  return fstatSync(process.stdin.fd).isCharacterDevice() ? 'none' : 'input';
}

/** First host that answers and has a healthy monitor. */
async function control({ connections, stack }: OperatorContext): Promise<HostAddress> {
  const candidates = stack.controls.length === 0 ? [undefined] : stack.controls;
  const failures: unknown[] = [];
  for (const address of candidates) {
    try {
      await connections.run(address, requireMonitor(stack.edgeService));
      return address;
    } catch (error) {
      if (!isSshFailure(error) && !lacksMonitor(error)) throw error;
      failures.push(address === undefined ? error : about(address.host, error));
    }
  }
  throw failures[0];
}

function about(host: string, error: unknown): unknown {
  if (!(error instanceof PerchError) || error.message.includes(host)) return error;
  return new PerchError(error.code, `${host}: ${error.message}`, { cause: error });
}
