import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CookieKeyFile } from '../../../runtime/store/clients/cookie-key-file.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';
import { silentLogger } from '../../support/silent-logger.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-key-'));
  path = join(folder, 'cookie-key.json');
});
afterEach(() => rm(folder, { recursive: true }));

test('keys are read back, and only the owner may read them', async () => {
  const keys = [retained(), retained()];
  const file = new CookieKeyFile(path, silentLogger);
  expect(await file.read()).toEqual([]);
  file.retain(keys);
  await file.settled();
  expect(await new CookieKeyFile(path, silentLogger).read()).toEqual(keys);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('of many processes that create the file, one wins and no draft stays', async () => {
  const files = Array.from({ length: 20 }, () => new CookieKeyFile(path, silentLogger));
  await Promise.all(files.map((file) => file.create(retained())));
  const read = await Promise.all(files.map((file) => file.read()));
  expect(new Set(read.map(([first]) => first?.key)).size).toBe(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['cookie-key.json']);
});

test.each(['', '{', '{"keys":[{"key":"short","sinceMs":1}]}', '[]'])(
  'a file that holds %j is ignored',
  async (text) => {
    await writeFile(path, text);
    expect(await new CookieKeyFile(path, silentLogger).read()).toEqual([]);
  },
);

test('a folder that does not exist has no effect', async () => {
  const file = new CookieKeyFile(join(folder, 'missing', 'key.json'), silentLogger);
  await file.create(retained());
  file.retain([retained()]);
  await file.settled();
  expect(await file.read()).toEqual([]);
});

function retained() {
  return { key: newCookieKey(), sinceMs: 1 };
}
