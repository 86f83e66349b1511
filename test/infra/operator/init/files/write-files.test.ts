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
  await expect(writeFiles(application.folder, files)).rejects.toThrow(/EEXIST|ENOTDIR/);
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

test('of the lines that a file must have, only those that it lacked are named as a change', async () => {
  using application = new Application({ '.gitignore': 'node_modules\n' });
  const file = { path: '.gitignore', content: ['.perch/', 'node_modules/'] };
  expect(await writeFiles(application.folder, [file])).toEqual(['.gitignore (.perch/)']);
  expect(await writeFiles(application.folder, [file])).toEqual([]);
});
