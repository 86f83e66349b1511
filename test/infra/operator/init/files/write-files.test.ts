import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesInTheWay, writeFiles } from '../../../../../infra/operator/init/files/write-files.ts';
import { Application } from '../support/application.ts';

test('a file that cannot be written undoes those before it', async () => {
  using application = new Application({ '.gitignore': 'dist\n' });
  const before = application.files();
  const files = [
    { path: '.gitignore', content: ['.perch/'] },
    { path: '.dockerignore', content: ['.perch'] },
    { path: 'deep/inside/file', content: 'text' },
    // Its folder would be the file before it.
    { path: 'deep/inside/file/other', content: 'text' },
  ];
  await expect(writeFiles(application.folder, files)).rejects.toThrow(
    /^the files cannot be written, and none was: .*(EEXIST|ENOTDIR)/,
  );
  expect(application.files()).toEqual(before);
  expect(application.has('deep')).toBe(false);
  expect(application.read('.gitignore')).toBe('dist\n');
});

test('a file in the place of a folder is in the way, a file that only gets lines is not', () => {
  using application = new Application({ '.github': '', '.gitignore': '' });
  const files = [
    { path: '.gitignore', content: ['.perch/'] },
    { path: '.github/workflows/deploy.yml', content: 'text' },
    { path: 'new', content: 'text' },
  ];
  expect(filesInTheWay(application.folder, files)).toEqual(['.github']);
});

test('a folder, or a link to nothing, in the place of a file that gets lines is in the way', () => {
  using application = new Application();
  mkdirSync(join(application.folder, '.gitignore'));
  symlinkSync('/nowhere/.dockerignore', join(application.folder, '.dockerignore'));
  const files = ['.gitignore', '.dockerignore'].map((path) => ({ path, content: ['.perch'] }));
  expect(filesInTheWay(application.folder, files)).toEqual(['.gitignore', '.dockerignore']);
});

test('lines are added with the ends of line that the file has', async () => {
  using application = new Application({ '.gitignore': 'dist\r\nlog' });
  const files = [{ path: '.gitignore', content: ['.perch/', 'node_modules/'] }];
  await writeFiles(application.folder, files);
  expect(application.read('.gitignore')).toBe('dist\r\nlog\r\n.perch/\r\nnode_modules/\r\n');
});

test('of the lines that a file must have, only those that it lacked are named as a change', async () => {
  using application = new Application({ '.gitignore': 'node_modules\n' });
  const file = { path: '.gitignore', content: ['.perch/', 'node_modules/'] };
  expect(await writeFiles(application.folder, [file])).toEqual(['.gitignore (.perch/)']);
  expect(await writeFiles(application.folder, [file])).toEqual([]);
});
