import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('every check in the transcripts of README is a check of a scenario', () => {
  const sources = globSync('rehearsal/**/*.ts', { cwd: root }).map(read).join('\n');
  const checks = [...read('README.md').matchAll(/^ {2}passed {2}([^:]+): /gm)].map(
    ([, check = '']) => check,
  );
  expect(checks.length).toBeGreaterThan(4);
  expect(checks.filter((check) => !sources.includes(check))).toEqual([]);
});
