import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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

/**
 * Makes a project folder as a person or a CI runner does: `git clone` and an installation, the
 * packages by hard links. What is not committed yet comes along.
 * @param umask of the user who clones: git keeps no other modes than the executable bit.
 */
export async function freshClone(checkout: string, project: string, umask: string): Promise<void> {
  const script = [
    `umask ${umask}`,
    'git clone --quiet --no-hardlinks "$1" "$2"',
    'cp -al "$1/node_modules" "$2/node_modules" || cp -a "$1/node_modules" "$2/node_modules"',
  ];
  execFileSync('sh', ['-euc', script.join('\n'), 'sh', checkout, project]);
  const changed = ['ls-files', '-z', '--modified', '--others', '--exclude-standard'];
  const files = execFileSync('git', ['-C', checkout, ...changed], { encoding: 'utf8' });
  for (const file of files.split('\0')) {
    if (file === '' || !existsSync(join(checkout, file))) continue;
    // Not copied as a file of its own, which would have the mode of the checkout's file.
    execFileSync(
      'sh',
      ['-euc', `umask ${umask}; mkdir -p "$(dirname "$2")"; cat "$1" > "$2"`, 'sh'].concat(
        join(checkout, file),
        join(project, file),
      ),
    );
  }
}

async function makeProject(checkout: string, project: string): Promise<void> {
  await mkdir(project);
  await copyFile(join(checkout, 'Pulumi.yaml'), join(project, 'Pulumi.yaml'));
  await symlink(join(checkout, 'node_modules'), join(project, 'node_modules'));
}
