/**
 * Files of the Pulumi project and of Perch, which is the project itself or a package in its
 * node_modules. Absolute paths must not get into the inputs of a resource, because those are equal only
 * if they are the same in every checkout.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';

/** Folder of Perch's own files: the repository, or what the package is built to. */
export const perchFolder = join(import.meta.dirname, '../..');

/** Folder of the Pulumi project, where its Pulumi.yaml is. */
export const projectFolder = above(process.cwd(), 'Pulumi.yaml') ?? perchFolder;

/**
 * Path for a provider's plugin to a file of the project, the same in every checkout. Pulumi runs
 * plugins in the folder of the program, such as `infra`, also when it does not run the program.
 * @param path relative to the project's root.
 */
export function pathForPlugins(path: string): string {
  return posix.join(fromProgram(projectFolder), path);
}

/**
 * Path like {@link pathForPlugins} to a file of Perch.
 * @param path relative to the folder of Perch's files.
 */
export function perchPathForPlugins(path: string): string {
  return posix.join(fromProgram(linkedFolder()), path);
}

/**
 * Path like {@link pathForPlugins} to a program in `infra`, which is JavaScript in a package.
 * @param name of the file, without its extension.
 */
export function programForPlugins(name: string): string {
  return perchPathForPlugins(`infra/${name}${extname(import.meta.filename)}`);
}

function fromProgram(folder: string): string {
  return relative(process.cwd(), folder).split(sep).join('/');
}

/**
 * Perch's folder by way of node_modules. Some package managers link it to a folder whose name has the
 * version, which would be another path with every release.
 */
function linkedFolder(): string {
  const inside = perchFolder.split(`${sep}node_modules${sep}`).at(-1) ?? '';
  const modules = above(projectFolder, join('node_modules', inside));
  if (modules === undefined) return perchFolder;
  const linked = join(modules, 'node_modules', inside);
  return realpathSync(linked) === perchFolder ? linked : perchFolder;
}

/** The nearest folder, `from` or one above it, that has a file. */
function above(from: string, file: string): string | undefined {
  if (existsSync(join(from, file))) return from;
  const parent = dirname(from);
  return parent === from ? undefined : above(parent, file);
}
