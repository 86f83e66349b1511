/** Comparison of what is checked out with the commit of a recorded release. */
import { relative, resolve } from 'node:path';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { runProgram } from '../shell/program.ts';
import type { RecordedRelease } from './rollback-target.ts';

export interface Checkout {
  /** Folder of the project. */
  readonly folder: string;
  /** Folder of the application's Dockerfile, relative to the project's. Undefined: none is configured. */
  readonly buildContext: string | undefined;
}

/**
 * Returns the reason for which the sources that are checked out are not those of a commit; undefined
 * if they are. The files of stacks do not count: they are no part of an image.
 */
export async function whyOtherSources(
  { folder, buildContext = '.' }: Checkout,
  commit: string,
): Promise<string | undefined> {
  const git = async (...words: readonly string[]) => {
    const printed = await runProgram('git', ['-C', folder, ...words]);
    return printed.trim();
  };
  try {
    const root = await git('rev-parse', '--show-toplevel');
    if (relative(root, resolve(folder, buildContext)).startsWith('..')) {
      return `perch:buildContext ${buildContext} is outside of the repository`;
    }
    const short = commit.slice(0, 12);
    const stacks = ':(top,exclude,glob)**/Pulumi.*.yaml';
    const all = ':(top)';
    if (!(await isKnown(git, commit))) {
      return `commit ${short} is not in this clone: fetch all of the history`;
    }
    const changed = await git('diff', '--name-only', commit, '--', all, stacks);
    const added = await git('ls-files', '--others', '--exclude-standard', '--', all, stacks);
    const [first] = [...changed.split('\n'), ...added.split('\n')].filter((line) => line !== '');
    return first === undefined ? undefined : `${first} is not as in commit ${short}`;
  } catch (error) {
    return `git cannot compare the sources: ${errorMessage(error)}`;
  }
}

/** Reports whether the sources of an image are checked out. They are not if no commit is recorded for it. */
export async function hasSources(
  checkout: Checkout,
  records: readonly Pick<RecordedRelease, 'image' | 'commit'>[],
  image: string | undefined,
): Promise<boolean> {
  const commit = records.find((record) => image !== undefined && record.image === image)?.commit;
  return commit !== undefined && (await whyOtherSources(checkout, commit)) === undefined;
}

async function isKnown(
  git: (...words: readonly string[]) => Promise<string>,
  commit: string,
): Promise<boolean> {
  try {
    await git('cat-file', '-e', `${commit}^{commit}`);
    return true;
  } catch {
    // The message of git says nothing that a person could use.
    return false;
  }
}
