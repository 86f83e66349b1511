import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { programFailure } from '../shell/program.ts';

/** A program that writes an archive of `docker save` to its standard output. */
export interface SaveCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Unpacks the archive that a program writes into a folder.
 * @throws PerchError `unsupported` if a program is not on PATH; `process_failed` if one fails.
 */
export async function unpack({ program, args }: SaveCommand, folder: string): Promise<void> {
  const save = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const tar = spawn('tar', ['-x', '-f', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] });
  // If tar ends first, its own words say why.
  const piped = pipeline(save.stdout, tar.stdin).catch(() => undefined);
  const ends = await Promise.allSettled([ended(save, program), ended(tar, 'tar')]);
  await piped;
  // Of an archive that stopped, tar says only that it did.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** @throws PerchError if the program cannot be started, or fails. */
async function ended(child: ChildProcess, program: string): Promise<void> {
  const stderr = child.stderr === null ? '' : text(child.stderr);
  try {
    const [code] = await once(child, 'close');
    if (code === 0) return;
    const cause = Object.assign(new Error(`${program} failed`), { code, stderr: await stderr });
    throw programFailure(program, await stderr, cause);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new PerchError('unsupported', `${program} must be on PATH`, { cause: error });
    }
    throw error;
  }
}
