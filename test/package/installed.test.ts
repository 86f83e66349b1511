import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFiles } from '../../infra/operator/init/files/project-files.ts';
import { whyNoLongTest } from '../infra/engine/support/plugins.ts';
import { unless } from '../support/skip.ts';
import { exampleNames, readExample } from './support/examples.ts';
import { Packed, makeRepository, version } from './support/packed.ts';

const root = join(import.meta.dirname, '../..');

/** Mistakes that the compiler must find. */
const wrong = `import * as perch from 'perch';
// @ts-expect-error
new perch.Prod('shop', { appPort: '3000' });
// @ts-expect-error
new perch.Prod('shop', { stabelCount: 2 });
// @ts-expect-error
new perch.Prod('shop', { sshPrivateKey: 'secret' });
// @ts-expect-error
new perch.App('stable', { service: 'shop' });
// @ts-expect-error
perch.fromConfig().hosts.apply(([host]) => host.name.length.nothing);
`;

describe('A package that npm installed in an empty project', unless(whyNoLongTest()), () => {
  let project: string;

  beforeAll(async () => {
    await using packed = await Packed.make();
    project = await mkdtemp(join(tmpdir(), 'perch-installed-'));
    await makeRepository(project, '');
    packed.install(project);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  test('runs by npx', () => {
    const npx = (...words: readonly string[]) =>
      execFileSync('npx', ['perch', ...words], { cwd: project, encoding: 'utf8' });
    expect(npx('--version')).toBe(`${version}\n`);
    expect(npx('--help')).toContain('host replace');
  });

  test('brings no tools', () => {
    const modules = join(project, 'node_modules');
    for (const tool of ['typescript', 'vitest', 'oxlint', 'knip', 'node']) {
      const found = spawnSync('test', ['-d', join(modules, tool)]).status === 0;
      expect({ tool, found }).toEqual({ tool, found: false });
    }
  });

  test('has the types that the examples of docs/library.md and the program of perch init need', async () => {
    const infra = join(project, 'infra');
    await mkdir(infra, { recursive: true });
    for (const name of exampleNames) {
      await writeFile(join(infra, `${name}.ts`), (await readExample(name)).program);
    }
    const written = projectFiles('shop').find(({ path }) => path === 'infra/index.ts');
    await writeFile(join(infra, 'init.ts'), String(written?.content));
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
    await writeFile(join(infra, 'wrong.ts'), wrong);
    const files = [...exampleNames, 'init', 'wrong'].map((name) => join(infra, `${name}.ts`));
    const tsc = join(root, 'node_modules/.bin/tsc');
    const words = [...options, '--skipLibCheck', ...files];
    const { stdout, status } = spawnSync(tsc, words, { cwd: project, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
