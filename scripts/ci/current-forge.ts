import type { Environment, Forge } from './forge.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';

/**
 * Returns the service that runs this job.
 * @throws Error if it is neither GitHub Actions nor GitLab CI, or if a variable is missing.
 */
export function currentForge(environment: Environment): Forge {
  if (environment['GITHUB_ACTIONS'] === 'true') return github(environment);
  if (environment['GITLAB_CI'] === 'true') return gitlab(environment);
  throw new Error('this runs in a job of GitHub Actions or GitLab CI');
}
