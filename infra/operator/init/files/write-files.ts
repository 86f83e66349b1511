/** Writes files all together, or none. */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './planned-file.ts';

/** Paths where something is already that a new file, or its folder, would take. */
export function filesInTheWay(folder: string, files: readonly PlannedFile[]): string[] {
  const taken = files.flatMap(({ path, content }) => {
    const inside = foldersOf(path).find((parent) => entryOf(join(folder, parent)) === 'other');
    if (inside !== undefined) return [inside];
    const entry = entryOf(join(folder, path));
    const isFree = entry === undefined || (entry === 'other' && typeof content !== 'string');
    return isFree ? [] : [path];
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

/**
 * Writes the files. If one of them fails, removes those that were written before it.
 * @returns what changed, in words.
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
    throw error;
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
  const start = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  await writeFile(file, `${before ?? ''}${start}${missing.join('\n')}\n`);
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
