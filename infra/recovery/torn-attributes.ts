import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homePath } from '../shell/home-path.ts';

/** True if this may be what Pulumi says of a stack whose attributes are torn. */
export function isTornMessage(message: string): boolean {
  return /\bEOF$/m.test(message);
}

/** Folder of a backend's files, below the one that its address names. */
const folder = '.pulumi';

/**
 * Removes the empty `.attrs` files of a backend of files. Pulumi writes its state by renaming, but what
 * it knows of it (type, MD5) in place: a process killed in between leaves an empty file, with which
 * Pulumi reads no stack again ("EOF"). Without that file it reads the state as it is.
 * @param backend address of the backend, as `pulumi whoami` names it, for example `file:///srv/state`.
 * @returns number of files that were removed; 0 for a backend of another kind.
 */
export async function removeTornAttributes(backend: string): Promise<number> {
  if (!backend.startsWith('file://')) return 0;
  const root = join(pathOf(backend), folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.attrs'))
    .map(({ parentPath, name }) => join(parentPath, name));
  let removed = 0;
  for (const file of files) {
    if ((await lstat(file)).size > 0) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

/** Path of a backend's address; Pulumi allows `file://~/state` and relative paths there. */
function pathOf(backend: string): string {
  const path = backend.slice('file://'.length);
  return path.startsWith('/') ? fileURLToPath(backend) : homePath(path);
}
