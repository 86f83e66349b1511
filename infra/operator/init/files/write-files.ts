/** Writes files all together, or none. */
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';
import type { PlannedFile } from './planned-file.ts';

/** Paths where something is already that a new file, or its folder, would take. */
export function filesInTheWay(folder: string, files: readonly PlannedFile[]): string[] {
  const taken = files.flatMap(({ path, content }) => {
    const inside = foldersOf(path).find((parent) => entryOf(join(folder, parent)) === 'other');
    if (inside !== undefined) return [inside];
    const file = join(folder, path);
    const takesLines = () => typeof content !== 'string' && isFile(file);
    return entryOf(file) === undefined || takesLines() ? [] : [path];
  });
  return [...new Set(taken)];
}

/** Folders of a path, the outermost first. */
function foldersOf(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [...foldersOf(parent), parent];
}

function entryOf(path: string): 'folder' | 'other' | undefined {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  return entry.isDirectory() ? 'folder' : 'other';
}

/** True for a file, and for a link to one. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Writes the files. If one of them fails, removes those that were written before it.
 * @returns what changed, in words.
 * @throws PerchError `process_failed` with what the system says.
 */
export async function writeFiles(
  folder: string,
  files: readonly PlannedFile[],
): Promise<readonly string[]> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const changes: string[] = [];
    for (const { path, content } of files) {
      const file = join(folder, path);
      const made = await mkdir(dirname(file), { recursive: true });
      if (made !== undefined) undo.push(async () => await rm(made, { recursive: true }));
      if (typeof content === 'string') {
        await writeFile(file, content, { flag: 'wx' });
        undo.push(async () => await rm(file));
        changes.push(path);
      } else {
        const added = await addLines(file, content);
        if (added === undefined) continue;
        undo.push(added.undo);
        changes.push(`${path} (${added.lines.join(', ')})`);
      }
    }
    return changes;
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    const why = `the files cannot be written, and none was: ${errorMessage(error)}`;
    throw new PerchError('process_failed', why, { cause: error });
  }
}

/**
 * Adds the lines that a file lacks.
 * @returns the added lines and what undoes it; undefined if it lacks none.
 */
async function addLines(
  file: string,
  lines: readonly string[],
): Promise<{ lines: readonly string[]; undo: () => Promise<void> } | undefined> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const present = new Set((before ?? '').split(/\r?\n/).map(plainPattern));
  const missing = lines.filter((line) => !present.has(plainPattern(line)));
  if (missing.length === 0) return undefined;
  const end = before?.includes('\r\n') === true ? '\r\n' : '\n';
  const start = before === undefined || before === '' || before.endsWith('\n') ? '' : end;
  await writeFile(file, `${before ?? ''}${start}${missing.map((line) => line + end).join('')}`);
  const undo = async () => {
    if (before === undefined) await rm(file);
    else await writeFile(file, before);
  };
  return { lines: missing, undo };
}

/** Pattern of an ignore file without the slashes that make no difference here. */
function plainPattern(line: string): string {
  return line.trim().replaceAll(/^\/|\/$/g, '');
}
