import os from 'node:os';
import { operatorName } from '../../runtime/contract/operator-name.ts';
import { perchVersion } from '../shell/perch-version.ts';
import { runProgram } from '../shell/program.ts';
import { whyOtherSources } from './checkout.ts';

/** Source of a release, and its deployer. */
export interface ReleaseOrigin {
  /** Commit of the source. Undefined: not known, or the source has changes that no commit has. */
  readonly commit: string | undefined;
  /** User of the CI service, or user and machine. */
  readonly by: string;
  /** Name of the machine that deploys. */
  readonly host: string;
  /** URL of the CI run. Undefined: no run of a CI service that is known. */
  readonly run: string | undefined;
  /** Version of Perch that deploys. */
  readonly perch: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the origin of a release from the environment of GitHub Actions or GitLab CI, or else from git.
 * @param folder working directory of git.
 */
export async function releaseOrigin(
  folder: string,
  environment: Environment = process.env,
): Promise<ReleaseOrigin> {
  const value = (name: string) => environment[name] || undefined;
  return {
    commit: value('GITHUB_SHA') ?? value('CI_COMMIT_SHA') ?? (await commitOf(folder)),
    by: value('GITHUB_ACTOR') ?? value('GITLAB_USER_LOGIN') ?? operatorName(os),
    host: os.hostname(),
    run: githubRun(value) ?? value('CI_JOB_URL'),
    perch: perchVersion(),
  };
}

/** URL of an attempt of a run: a run that is repeated keeps its number. */
function githubRun(value: (name: string) => string | undefined): string | undefined {
  const server = value('GITHUB_SERVER_URL');
  const repository = value('GITHUB_REPOSITORY');
  const run = value('GITHUB_RUN_ID');
  if (server === undefined || repository === undefined || run === undefined) return undefined;
  return `${server}/${repository}/actions/runs/${run}/attempts/${value('GITHUB_RUN_ATTEMPT') ?? '1'}`;
}

/**
 * Commit whose sources are checked out. A deployment may promote what was built of a commit, so an image
 * of changed sources must not pass for one.
 */
async function commitOf(folder: string): Promise<string | undefined> {
  try {
    const head = (await runProgram('git', ['-C', folder, 'rev-parse', 'HEAD'])).trim();
    const why = await whyOtherSources({ folder, buildContext: undefined }, head);
    return why === undefined ? head : undefined;
  } catch {
    // No git, or no repository: the release is recorded without a commit.
    return undefined;
  }
}
