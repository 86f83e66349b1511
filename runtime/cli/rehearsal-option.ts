import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import {
  rehearsalFile,
  rehearsalFolderPrefix,
  type RunningRehearsal,
} from '../contract/running-rehearsal.ts';
import { readStored } from '../store/redis/stored-values.ts';
import { printHint } from './diagnostics.ts';

export const rehearsalOption = '--rehearsal';

const schema = z.object({
  pid: z.int().positive(),
  service: z.string(),
  redisUrl: z.string(),
  startedAtMs: z.number(),
});

/**
 * Obeys `--rehearsal`, wherever it stands before `--`: the command is about the rehearsal that runs on
 * this machine, whatever the environment says.
 * @returns the other arguments.
 * @throws PerchError `not_found` if none runs.
 */
export async function withoutRehearsal(args: readonly string[]): Promise<readonly string[]> {
  const at = args.indexOf(rehearsalOption);
  const end = args.indexOf('--');
  if (at === -1 || (end !== -1 && end < at)) return args;
  const { service, redisUrl } = await newestRehearsal();
  process.env[env.service] = service;
  process.env[env.redisUrl] = redisUrl;
  return args.toSpliced(at, 1);
}

async function newestRehearsal(): Promise<RunningRehearsal> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(rehearsalFolderPrefix));
  const read = await Promise.all(names.map((name) => rehearsalIn(join(tmpdir(), name))));
  const running = read
    .flatMap((one) => (one === undefined ? [] : [one]))
    .toSorted((a, b) => b.startedAtMs - a.startedAtMs);
  const [newest, ...others] = running;
  if (newest === undefined) {
    throw new PerchError(
      'not_found',
      'no rehearsal runs on this machine; begin one with "npm start"',
    );
  }
  if (others.length > 0) {
    printHint(
      `${running.length} rehearsals run on this machine; this is the one of process ${newest.pid}`,
    );
  }
  return newest;
}

/** Returns the rehearsal of a folder; undefined if it is another user's, has ended, or just begins. */
async function rehearsalIn(folder: string): Promise<RunningRehearsal | undefined> {
  const file = join(folder, rehearsalFile);
  try {
    if ((await stat(file)).uid !== process.getuid?.()) return undefined;
    const rehearsal = readStored(schema, await readFile(file, 'utf8'));
    return rehearsal !== undefined && isRunning(rehearsal.pid) ? rehearsal : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** True for a folder that has no such file, or may not be read. */
function isMissing(error: unknown): boolean {
  const codes: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EACCES'];
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}
