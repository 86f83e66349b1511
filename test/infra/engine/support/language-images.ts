/**
 * Stand-ins for the images that offered Dockerfiles begin with, made of this machine's own programs,
 * for machines that reach no image registry.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Language } from '../../../../infra/operator/init/repository/language.ts';
import {
  addFile,
  addLibrariesOf,
  addProgram,
  addShell,
  baseImage,
  importImage,
  which,
} from './base-image.ts';
import { docker } from './docker.ts';

const certificates = '/etc/ssl/certs/ca-certificates.crt';

/** Images that Perch's own image and each offered Dockerfile begin with, and what makes their stand-ins. */
const makers: Readonly<
  Record<Language | 'perch', Readonly<Record<string, (image: string) => void>>>
> = {
  perch: { 'node:24-slim': makeNode, 'redis:7': (image) => docker('tag', baseImage, image) },
  node: {},
  python: { 'python:3.13-slim': (image) => withFiles(image, addPython) },
  ruby: { 'ruby:3.4-slim': (image) => withFiles(image, addRuby) },
  go: {
    'golang:1.26': (image) => withFiles(image, addGo),
    'busybox:1.37-musl': (image) => withFiles(image, addBusybox),
  },
};

/** Reason why a language has no stand-ins here. Undefined: it has. */
export function whyNoImages(language: Language): string | undefined {
  const programs = { node: 'node', python: 'python3', ruby: 'bundle3.1', go: 'go' } as const;
  const program = programs[language];
  return spawnSync('which', [program]).status === 0 ? undefined : `${program} must be on PATH`;
}

/** Makes the images that this machine lacks, until they are disposed of. */
export function standInImages(language: Language): Disposable {
  const all = Object.entries({ ...makers.perch, ...makers[language] });
  const missing = all.filter(
    ([image]) => spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' }).status !== 0,
  );
  for (const [image, make] of missing) make(image);
  return {
    [Symbol.dispose]() {
      for (const [image] of missing) {
        spawnSync('docker', ['rmi', '--force', image], { stdio: 'ignore' });
      }
    },
  };
}

/** The test's own base image, with the user of the official one. */
function makeNode(image: string): void {
  // A failed build would leave its container behind.
  const words = ['build', '--quiet', '--network', 'none', '--force-rm', '--tag', image, '-'];
  const input = `FROM ${baseImage}\nRUN echo 'node:x:1000:1000::/home/node:/bin/sh' >> /etc/passwd\n`;
  execFileSync('docker', words, { input, stdio: 'pipe' });
}

function withFiles(image: string, add: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'perch-image-'));
  try {
    mkdirSync(join(root, 'etc'));
    mkdirSync(join(root, 'tmp'), { mode: 0o777 });
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
    add(root);
    importImage(root, image);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function addBusybox(root: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const name of ['sh', 'wget']) copyFileSync(which('busybox'), join(root, 'bin', name));
}

function addGo(root: string): void {
  addShell(root);
  addFile(root, certificates);
  const home = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  cpSync(home, join(root, 'usr/local/go'), { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  symlinkSync('/usr/local/go/bin/go', join(root, 'usr/local/bin/go'));
}

function addPython(root: string): void {
  addShell(root);
  const ask = 'import sys; print(sys.executable); print(sys.base_prefix)';
  const [program = '', prefix = ''] = execFileSync('python3', ['-c', ask], {
    encoding: 'utf8',
  }).split('\n');
  for (const name of ['python', 'python3']) addProgram(root, name, program);
  const libraries = join(prefix, 'lib');
  cpSync(libraries, join(root, 'usr/local/lib'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) =>
      !/\/(test|__pycache__|tkinter|idlelib)$/.test(source) &&
      !/\/site-packages\/(?!pip)/.test(source),
  });
  addLibrariesIn(root, libraries);
  writeFileSync(
    join(root, 'usr/local/bin/pip'),
    '#!/bin/sh\nexec python3 -m pip --disable-pip-version-check "$@"\n',
    { mode: 0o755 },
  );
}

/** Ruby as Debian has it. Its packages are there already, so that its apt-get has nothing to do. */
function addRuby(root: string): void {
  addShell(root);
  addProgram(root, 'ruby', '/usr/bin/ruby3.1');
  for (const folder of [
    '/usr/lib/ruby',
    '/usr/lib/x86_64-linux-gnu/ruby',
    '/usr/share/rubygems-integration',
  ]) {
    cpSync(folder, join(root, folder), { recursive: true, dereference: true });
    addLibrariesIn(root, folder);
  }
  const bundler = which('bundle3.1');
  addFile(root, bundler);
  const stubs = {
    bundle: `exec ruby ${bundler} "$@"`,
    'apt-get': '',
    useradd: 'echo app:x:1000:1000::/:/bin/sh >> /etc/passwd',
  };
  for (const [name, script] of Object.entries(stubs)) {
    writeFileSync(join(root, 'usr/local/bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}

/** Libraries that the libraries in a folder are linked to. */
function addLibrariesIn(root: string, folder: string): void {
  const found = execFileSync('find', [folder, '-name', '*.so', '-type', 'f'], { encoding: 'utf8' });
  for (const file of found.split('\n').filter(Boolean)) addLibrariesOf(root, file);
}
