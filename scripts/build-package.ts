/**
 * `npm pack` runs this first: builds `dist`, which is what the package ships. It has the folders of the
 * repository, as JavaScript with declarations, and is the build context of Perch's image.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { imageLockfile, lockfileSchema } from './package/image-lockfile.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const manifestSchema = z.object({
  version: z.string(),
  workspaces: z.array(z.string()),
  engines: z.object({ node: z.string() }),
});

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.package.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) complete();
else process.exitCode = 1;

/** Adds what tsc leaves out. */
function complete(): void {
  for (const folder of ['infra', 'runtime']) {
    cpSync(join(root, folder), join(dist, folder), { recursive: true, filter: isAsset });
  }
  const { version, workspaces, engines } = manifestSchema.parse(read('package.json'));
  write('package.json', {
    name: 'perch-image',
    version,
    private: true,
    type: 'module',
    workspaces,
    engines,
  });
  const lockfile = lockfileSchema.parse(read('package-lock.json'));
  write('package-lock.json', imageLockfile(lockfile, workspaces));
  // The declarations are for people's programs only.
  writeFileSync(join(dist, '.dockerignore'), `${ignored()}\n**/*.d.ts\n`);
}

function isAsset(path: string): boolean {
  return !path.includes('node_modules') && extname(path) !== '.ts';
}

function ignored(): string {
  return readFileSync(join(root, '.dockerignore'), 'utf8').trimEnd();
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

function write(file: string, content: unknown): void {
  writeFileSync(join(dist, file), `${JSON.stringify(content, null, 2)}\n`);
}
