import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeTornAttributes } from '../../../infra/recovery/torn-attributes.ts';

test('empty attributes of a backend of files are removed, and nothing else', async () => {
  const backend = await mkdtemp(join(tmpdir(), 'perch backend '));
  onTestFinished(() => rm(backend, { recursive: true }));
  const stacks = join(backend, '.pulumi/stacks/shop');
  await mkdir(stacks, { recursive: true });
  await writeFile(join(backend, 'prod.json.attrs'), '');
  await writeFile(join(stacks, 'prod.json'), '{}');
  await writeFile(join(stacks, 'prod.json.attrs'), '');
  await writeFile(join(stacks, 'canary.json'), '');
  await writeFile(join(stacks, 'canary.json.attrs'), '{"md5":""}');

  const removed = await removeTornAttributes(`file://${backend}`);

  expect(removed).toBe(1);
  expect(await readdir(backend)).toContain('prod.json.attrs');
  expect((await readdir(stacks)).toSorted()).toEqual([
    'canary.json',
    'canary.json.attrs',
    'prod.json',
  ]);
});

test('a backend of another kind has no such files', async () => {
  expect(await removeTornAttributes('s3://state')).toBe(0);
  expect(await removeTornAttributes('https://api.pulumi.com/team')).toBe(0);
});
