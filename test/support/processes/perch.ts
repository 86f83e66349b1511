import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bareEnvironment } from './bare-environment.ts';

const entry = join(import.meta.dirname, '../../../runtime/bin/perch.ts');

/** Result of a process. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a `perch` command as a process of its own and returns its result. */
export async function perch(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: { readonly uid?: number; readonly stdin?: string } = {},
): Promise<Ended> {
  const { stdin, ...given } = options;
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...bareEnvironment, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...given,
  });
  child.stdin.end(stdin);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: child.exitCode, stdout, stderr };
}

/** Reason why {@link perch} cannot run as this user. Undefined: it can. */
export function whyNoUser(uid: number): string | undefined {
  if (process.getuid?.() !== 0) return 'running as another user needs root';
  // Others may be unable to enter a folder above the checkout.
  const { status } = spawnSync(process.execPath, [entry, '--help'], { env: bareEnvironment, uid });
  return status === 0 ? undefined : 'other users must be able to read this checkout';
}
