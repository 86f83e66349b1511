import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LastGoodFile } from '../../../runtime/store/local/last-good-file.ts';
import { silentLogger } from '../../support/silent-logger.ts';

test('the file retains the last text, readable by its owner only, and no draft', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-last-good-'));
  const file = new LastGoodFile(join(folder, 'last-good.json'), silentLogger);
  for (const text of ['one', 'two', 'three']) file.retain(text);
  await file.settled();
  expect(await file.read()).toBe('three');
  expect(await readdir(folder)).toEqual(['last-good.json']);
});

// Containers that share a folder have the same process ids.
test("writers that share a file and a process id do not corrupt each other's text", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-last-good-'));
  const path = join(folder, 'last-good.json');
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(1_000_000));
  const files = texts.map(() => new LastGoodFile(path, logger));
  for (const [index, file] of files.entries()) file.retain(texts[index] ?? '');
  await Promise.all(files.map((file) => file.settled()));
  expect(warnings).toEqual([]);
  expect(texts).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['last-good.json']);
});

test('a folder that is not writable causes a warning and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-last-good-'));
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const file = new LastGoodFile(join(folder, 'absent', 'last-good.json'), logger);
  file.retain('text');
  await file.settled();
  expect(warnings).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});
