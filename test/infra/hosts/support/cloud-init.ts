import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '../../../../node_modules/.cache');
const unpacked = join(cache, 'cloud-init');
const packages = join(unpacked, 'usr/lib/python3/dist-packages');

export type CloudInit =
  | {
      readonly kind: 'found';
      readonly program: string;
      /** Arguments before cloud-init's own. */
      readonly args: readonly string[];
      readonly env: NodeJS.ProcessEnv;
    }
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * Finds cloud-init on PATH, or unpacks the distribution's package and those that it needs under
 * node_modules/.cache. They are not installed, because the package would make cloud-init a service
 * of this machine.
 */
export async function findCloudInit(): Promise<CloudInit> {
  if (await succeeds('cloud-init', ['--version'])) {
    return { kind: 'found', program: 'cloud-init', args: [], env: process.env };
  }
  try {
    if (!(await isThere(unpacked))) await unpack();
    const cloudInit = {
      kind: 'found',
      // The distribution's own Python, because some of the packages are compiled for it.
      program: '/usr/bin/python3',
      args: [join(unpacked, 'usr/bin/cloud-init')],
      env: { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
    } as const;
    await run(cloudInit.program, [...cloudInit.args, '--version'], { env: cloudInit.env });
    return cloudInit;
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    return { kind: 'missing', reason: `cloud-init could not be unpacked from apt: ${reason}` };
  }
}

async function unpack(): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'cloud-init-'));
  try {
    const names = await pythonPackages();
    await run('apt-get', ['download', ...names], { cwd: folder, timeout: 120_000 });
    const root = join(folder, 'root');
    for (const file of await readdir(folder)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(folder, file), root]);
    }
    // Another run may have been faster.
    if (!(await isThere(unpacked))) await rename(root, unpacked);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** cloud-init's package and the Python packages that it needs, directly or not. */
async function pythonPackages(): Promise<string[]> {
  const options = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
    (kind) => `--no-${kind}`,
  );
  const { stdout } = await run('apt-cache', ['depends', '--recurse', ...options, 'cloud-init']);
  const names = stdout
    .split('\n')
    .filter((line) => /^(python3-[a-z0-9.+-]+|libyaml-0-2)$/.test(line));
  const built = names.filter((name) => !/^python3-(minimal|distutils|pkg-resources)$/.test(name));
  return ['cloud-init', ...new Set(built)];
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return await run(program, args).then(
    () => true,
    () => false,
  );
}
