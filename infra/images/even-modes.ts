import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folderMode = 0o755;
const programMode = 0o755;
const fileMode = 0o644;

/**
 * Gives files and folders the modes of a clone that was made under the umask 022. Git keeps the
 * executable bit alone, so a clone of another user may have other modes. They are part of an image,
 * and so of its digest: the same release would replace every container. Under the umask 077, the
 * container's user could not read the files at all. Files that belong to somebody else stay as they
 * are.
 * @param paths inside `folder`. Folders with packages, `node_modules`, are left out.
 */
export function evenModes(folder: string, paths: readonly string[]): void {
  for (const path of paths) evenMode(join(folder, path));
}

function evenMode(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink()) return;
  const isProgram = (stats.mode & 0o100) !== 0;
  const mode = stats.isDirectory() ? folderMode : isProgram ? programMode : fileMode;
  if ((stats.mode & 0o777) !== mode) change(path, mode);
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path)) if (name !== 'node_modules') evenMode(join(path, name));
}

/** Files of somebody else, or on a medium that cannot be written, stay as they are. */
function change(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EPERM' && code !== 'EROFS') throw error;
  }
}
