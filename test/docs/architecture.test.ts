import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** A file with one of these endings, or a folder with its slash. */
const path = /`([\w./-]+(?:\.(?:ts|mjs|cjs|js|json|css|html|md|ya?ml)|\/))`/g;

/** Names of files in many folders, and of files to be made. */
const patterns = ['fixtures.ts', 'NAME-command.ts'];

/** Paths in the table of tasks, with the folder of their section's heading. */
function pathsOfMap(text: string): { folder: string; name: string }[] {
  let folder = '';
  return text
    .split('\n')
    .slice(text.split('\n').indexOf('## Task -> file'))
    .flatMap((line) => {
      const heading = /^##+ (?:`([^`]+)`)?/.exec(line);
      if (heading !== null) folder = heading[1] ?? '';
      if (!line.startsWith('|')) return [];
      return [...line.matchAll(path)].map(([, name = '']) => ({ folder, name }));
    });
}

test('every path in the map of ARCHITECTURE.md exists', () => {
  const paths = pathsOfMap(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).filter(
    ({ name }) => !patterns.includes(basename(name)),
  );
  expect(paths.length).toBeGreaterThan(200);
  const exists = (...parts: string[]) => existsSync(join(root, ...parts));
  // A table may also name a file of the root, such as Pulumi.yaml.
  expect(paths.filter(({ folder, name }) => !exists(folder, name) && !exists(name))).toEqual([]);
});
