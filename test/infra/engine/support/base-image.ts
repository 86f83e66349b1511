/**
 * A base image made of this machine's own programs, for machines that reach no image registry:
 * Node 24 with npm, a shell, redis-server. It stands in for `node:24-slim` and for `redis:7`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const redisUser = 999;

/** Name of the image that {@link makeBaseImage} makes. */
export const baseImage = 'perch-test-base:1';

/** Makes {@link baseImage} from the programs on PATH. Needs busybox (static) for its shell. */
export function makeBaseImage(): void {
  const root = mkdtempSync(join(tmpdir(), 'perch-base-image-'));
  try {
    addProgram(root, 'node', process.execPath);
    for (const name of ['redis-server', 'redis-cli']) addProgram(root, name, which(name));
    addShell(root);
    addNpm(root);
    addFile(root, '/etc/ssl/certs/ca-certificates.crt');
    writeFileSync(
      join(root, 'etc/passwd'),
      `root:x:0:0::/root:/bin/sh\nredis:x:${redisUser}:${redisUser}::/data:/bin/sh\n`,
    );
    writeFileSync(join(root, 'etc/group'), `root:x:0:\nredis:x:${redisUser}:\n`);
    mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
    mkdirSync(join(root, 'data'));
    execFileSync('chown', [`${redisUser}:${redisUser}`, join(root, 'data')]);
    execFileSync('chmod', ['1777', join(root, 'tmp')]);
    importImage(root, baseImage);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes an image of a folder's files. */
export function importImage(root: string, image: string): void {
  const environment =
    'ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt';
  const command = `tar -C '${root}' -c . | docker import --change '${environment}' - '${image}'`;
  execFileSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A program and every library that it is linked to, with the loader. */
export function addProgram(root: string, name: string, file: string): void {
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  copyFileSync(file, join(root, 'usr/local/bin', name));
  addLibrariesOf(root, file);
}

/** Every library that a program or a library is linked to. */
export function addLibrariesOf(root: string, file: string): void {
  const libraries = execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/\/\S+/g);
  for (const [library] of libraries) addFile(root, library);
}

/** busybox, as every program that it has. */
export function addShell(root: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  const busybox = which('busybox');
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) {
    if (applet !== 'busybox') symlinkSync('/bin/busybox', join(root, 'bin', applet));
  }
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  symlinkSync('/bin/busybox', join(root, 'usr/bin/env'));
}

function addNpm(root: string): void {
  const cli = execFileSync('readlink', ['-f', which('npm')], { encoding: 'utf8' }).trim();
  const home = dirname(dirname(cli));
  mkdirSync(join(root, 'usr/local/lib'), { recursive: true });
  execFileSync('cp', ['-RL', home, join(root, 'usr/local/lib/npm')]);
  symlinkSync(`/usr/local/lib/npm/bin/${basename(cli)}`, join(root, 'usr/local/bin/npm'));
}

/** A file of this machine, at the same path. */
export function addFile(root: string, file: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true });
  copyFileSync(file, join(root, file));
}

/** Path of a program. */
export function which(program: string): string {
  return execFileSync('which', [program], { encoding: 'utf8' }).trim();
}
