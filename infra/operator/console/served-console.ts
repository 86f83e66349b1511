import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { env } from '../../../runtime/contract/env.ts';
import { operatorName } from '../../../runtime/contract/operator-name.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { HostAddress } from '../../shell/host-connections.ts';
import { inMonitorFor } from '../../shell/in-monitor.ts';
import type { OperatorContext } from '../command.ts';

/** A console that runs in a monitor as long as this process wants. */
export interface ServedConsole {
  /** Port of its host's loopback. */
  readonly port: number;
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
  /** Lets it end, and waits until it has. */
  readonly stop: () => Promise<void>;
}

/** Time in which it has to listen. */
const startTimeoutMs = 30_000;

/**
 * Starts a console in the monitor of a host, with the name of the person who runs this process. It
 * ends with the connection.
 * @throws PerchError `process_failed` if it does not start.
 */
export async function serveConsole(
  { connections, stack, signal }: OperatorContext,
  address: HostAddress,
  { isReadOnly }: { readonly isReadOnly: boolean },
): Promise<ServedConsole> {
  const words = ['console', '--listen', '127.0.0.1:0', ...(isReadOnly ? ['--read-only'] : [])];
  const operator = process.env[env.operator] ?? operatorName(os);
  const script = inMonitorFor({ operator, streams: 'none' }, stack, words);
  const child = await connections.stream(address, script);
  const ended = once(child, 'close').then(() => undefined);
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  const end = () => void child.stdin?.end();
  signal.addEventListener('abort', end, { once: true });
  const late = setTimeout(end, startTimeoutMs);
  try {
    const port = await portOf(child);
    return { port, ended, stop };
  } finally {
    clearTimeout(late);
  }
}

/** Port that the console says it listens on. */
async function portOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = `${stderr}${text}`.slice(-longestReason);
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const origin = /"origin":"(http:[^"]+)"/.exec(line)?.[1];
      if (origin !== undefined) resolve(Number(new URL(origin).port));
    });
  }
  child.once('close', () => {
    const reason =
      stderr.trim().split('\n').at(-1) || `it did not listen within ${startTimeoutMs / 1_000} s`;
    reject(new PerchError('process_failed', `the console did not start: ${reason}`));
  });
  return await promise;
}

const longestReason = 2_000;
