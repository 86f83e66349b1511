import { z } from 'zod';

const versions = z.record(z.string(), z.string()).optional();
const packageSchema = z.looseObject({
  link: z.boolean().optional(),
  resolved: z.string().optional(),
  dependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
});

/** Lockfile of npm, as far as it is needed here. */
export const lockfileSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) });

type Lockfile = z.output<typeof lockfileSchema>;
type LockedPackage = z.output<typeof packageSchema>;

/**
 * Returns the part of a lockfile that the workspaces need, so that `npm ci` in the image installs the
 * very packages that the tests ran with. Pure.
 */
export function imageLockfile(lockfile: Lockfile, workspaces: readonly string[]): object {
  const { packages } = lockfile;
  const paths = new Set(workspaces);
  for (const path of paths) {
    for (const name of dependenciesOf(packages[path] ?? {})) {
      const found = resolved(packages, path, name);
      if (found !== undefined) paths.add(found);
    }
  }
  const links = Object.keys(packages).filter((path) => {
    const { link = false, resolved = '' } = packages[path] ?? {};
    return link && workspaces.includes(resolved);
  });
  const kept = [...links, ...paths].toSorted().map((path) => [path, packages[path]] as const);
  return { ...lockfile, packages: { '': { workspaces }, ...Object.fromEntries(kept) } };
}

function dependenciesOf(locked: LockedPackage): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = locked;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/** Path of the package that Node finds for a package at `path`. Undefined: an optional one is not there. */
function resolved(packages: Lockfile['packages'], path: string, name: string): string | undefined {
  const here = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  if (packages[here] !== undefined) return here;
  return path === '' ? undefined : resolved(packages, parentOf(path), name);
}

function parentOf(path: string): string {
  const end = path.lastIndexOf('/node_modules/');
  return end < 0 ? '' : path.slice(0, end);
}
