import { copyFile, cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Parts of a checkout in a project folder, beside `Pulumi.yaml`. */
const parts = ['package.json', 'infra', 'runtime'];

/** Files that an image is built from, beside {@link parts}. */
const buildFiles = ['package-lock.json', '.npmrc', '.dockerignore'];

/** Makes a project folder that links a checkout, without its stack files: a test has its own. */
export async function linkProject(checkout: string, project: string): Promise<void> {
  await makeProject(checkout, project);
  for (const part of parts) await symlink(join(checkout, part), join(project, part));
}

/** Makes a project folder that is a clone: the checkout's files, at another path. */
export async function cloneProject(checkout: string, project: string): Promise<void> {
  await makeProject(checkout, project);
  for (const part of [...parts, ...buildFiles]) {
    await cp(join(checkout, part), join(project, part), {
      recursive: true,
      filter: (source) => basename(source) !== 'node_modules',
    });
  }
}

async function makeProject(checkout: string, project: string): Promise<void> {
  await mkdir(project);
  await copyFile(join(checkout, 'Pulumi.yaml'), join(project, 'Pulumi.yaml'));
  await symlink(join(checkout, 'node_modules'), join(project, 'node_modules'));
}
