/** Everything that `perch init` reads of the application's repository. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';
import { runProgram } from '../../../shell/program.ts';
import { canaryBranch } from './canary-branch.ts';
import { languagesIn, textIn, type Language } from './language.ts';
import { packageManagerOf, type PackageManager } from './package-manager.ts';

export interface Repository {
  /** Folder that becomes the Pulumi project: the working directory. */
  readonly folder: string;
  /** Root of the git repository. Undefined: there is none. */
  readonly root: string | undefined;
  /** Branch whose pushes go to prod. */
  readonly branch: string;
  readonly forge: 'github' | 'gitlab';
  readonly hasDockerfile: boolean;
  /** Port that its Dockerfile exposes, if it is one. */
  readonly exposedPort: string | undefined;
  /** Languages for which a Dockerfile can be written, the most telling first. */
  readonly languages: readonly Language[];
  readonly packageManager: PackageManager;
  /** Name of a service after the folder; undefined if nothing of it fits. */
  readonly serviceName: string | undefined;
}

/** Reads the repository in a folder. */
export async function readRepository(folder: string): Promise<Repository> {
  const root = await git(folder, ['rev-parse', '--show-toplevel']);
  const dockerfile = textIn(folder, 'Dockerfile');
  return {
    folder,
    root: root && realpathSync(root),
    branch: await productionBranch(folder),
    forge: await forgeOf(folder),
    hasDockerfile: dockerfile !== undefined,
    exposedPort: /^\s*EXPOSE\s+(\d+)/im.exec(dockerfile ?? '')?.[1],
    languages: languagesIn(folder),
    packageManager: packageManagerOf(folder),
    serviceName: serviceNameOf(basename(folder)),
  };
}

/** Usual names of the branch that goes to production. */
const usualBranches = ['main', 'master'];

/**
 * The remote's own default branch, main or master if there is one, or the current branch. Where work
 * is merged into develop by default, main or master goes first.
 */
async function productionBranch(folder: string): Promise<string> {
  const remote = await git(folder, ['symbolic-ref', '--short', 'refs/remotes/origin/HEAD']);
  const named = remote?.replace(/^origin\//, '');
  if (named !== undefined && named !== canaryBranch) return named;
  const refs = await git(folder, [
    'for-each-ref',
    '--format=%(refname)',
    'refs/heads',
    'refs/remotes/origin',
  ]);
  const there = (refs ?? '')
    .split('\n')
    .map((ref) => ref.replace(/^refs\/(heads|remotes\/origin)\//, ''));
  const usual = usualBranches.find((branch) => there.includes(branch));
  return usual ?? named ?? (await git(folder, ['branch', '--show-current'])) ?? 'main';
}

async function forgeOf(folder: string): Promise<'github' | 'gitlab'> {
  const origin = await git(folder, ['remote', 'get-url', 'origin']);
  if (origin === undefined) return existsSync(join(folder, '.gitlab-ci.yml')) ? 'gitlab' : 'github';
  const host = /^([a-z+]+:\/\/)?([^@/]*@)?(?<host>[^/:]+)/i.exec(origin)?.groups?.['host'] ?? '';
  return host.includes('gitlab') ? 'gitlab' : 'github';
}

function serviceNameOf(folderName: string): string | undefined {
  const name = folderName
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}

/** Output of git; undefined if it prints nothing, fails or is not installed. */
async function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  try {
    return (await runProgram('git', ['-C', folder, ...words])).trim() || undefined;
  } catch (error) {
    if (error instanceof PerchError) return undefined;
    throw error;
  }
}
