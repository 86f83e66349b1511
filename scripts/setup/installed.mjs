// Finds what is missing from an installation. Plain JavaScript for any Node from 18.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const node = 'node_modules/.bin/node';

/** Paths of the lockfile's packages that `root` needs on this machine and does not have. */
export function missingPackages(root, packages) {
  return [node, ...Object.keys(packages).filter((path) => isNeeded(path, packages[path]))].filter(
    (path) => !existsSync(join(root, path)),
  );
}

/** Errors of the bundled Node about the native bindings that it cannot load. */
export function unloadableBindings(root, packages) {
  const bindings = Object.keys(packages)
    .filter((path) => isBinding(packages[path]) && isNeeded(path, packages[path]))
    .flatMap((path) => {
      const { main = '' } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      return main.endsWith('.node') ? [join(root, path, main)] : [];
    });
  const { status, stderr, error } = spawnSync(join(root, node), ['-e', loadAll, ...bindings], {
    encoding: 'utf8',
  });
  if (error !== undefined) return [`${node} cannot run: ${error.message}`];
  return status === 0 ? [] : stderr.trim().split('\n');
}

const loadAll = `
for (const file of process.argv.slice(1)) {
  try {
    process.dlopen({ exports: {} }, file);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}`;

/** An optional package may be missing, unless it is the native part of another for this machine. */
function isNeeded(path, locked) {
  return (
    path !== '' && !locked.link && (!locked.optional || (isNative(locked) && isForHere(locked)))
  );
}

const isNative = ({ os, cpu }) => os !== undefined && cpu !== undefined;

/** A native package that says for which libc it is, where there is a choice. */
const isBinding = (locked) =>
  isNative(locked) && (locked.libc !== undefined || process.platform !== 'linux');

/** The `node` package, which runs everything, is built for glibc. */
function isForHere({ os, cpu, libc }) {
  return (
    os.includes(process.platform) &&
    cpu.includes(process.arch) &&
    (libc === undefined || libc.includes('glibc'))
  );
}
