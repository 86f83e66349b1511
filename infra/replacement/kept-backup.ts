/** Backup of a Redis that is lost with its host, as long as it still answers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { firstLine } from '../deploy/failure.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import type { StackAccess } from './stack-access.ts';

const folder = '.perch/backups';

/**
 * Takes a backup, and keeps it in a file too: an interrupted replacement that is repeated finds the
 * old Redis no more.
 * @param asked hosts whose monitors may reach the old Redis.
 * @returns the backup; undefined if Redis does not answer. Secret.
 */
export async function keepBackup(
  access: StackAccess,
  asked: readonly ControlAddress[],
): Promise<string | undefined> {
  const { stack, say } = access;
  if (asked.length === 0) return undefined;
  let backup: string;
  try {
    backup = await access.perch(asked, 'backup', '-');
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    say(`no backup can be taken of the old Redis: ${firstLine(error)}`);
    return undefined;
  }
  const time = new Date().toISOString().replaceAll(':', '-');
  const service = access.isOfOther ? `-${await access.service()}` : '';
  const file = join(folder, `${stack.name}${service}-${time}.backup`);
  const { workDir } = stack.workspace;
  await mkdir(join(workDir, folder), { recursive: true, mode: 0o700 });
  await writeFile(join(workDir, file), backup, { mode: 0o600 });
  say(`flags, incidents and history of the old Redis are kept in ${file}`);
  return backup;
}

const line = z.looseObject({
  kind: z.string(),
  key: z.string().optional(),
  lines: z.int().optional(),
});

/**
 * Returns a backup without its release document. The one that a replacement stores is newer, or has no
 * members of the lost host.
 */
export function withoutRelease(backup: string): string {
  const lines = backup.split('\n').filter((text) => text !== '');
  const parsed = lines.map((text) => ({ text, ...line.parse(JSON.parse(text)) }));
  const kept = parsed.filter(({ kind, key }) => kind !== 'string' || key !== 'release');
  const removed = parsed.length - kept.length;
  const texts = kept.map(({ text, kind, lines: count = 0 }) =>
    kind === 'end' ? JSON.stringify({ kind, lines: count - removed }) : text,
  );
  return texts.map((text) => `${text}\n`).join('');
}
