import type { CanaryLocation } from '../../answers.ts';
import { canaryBranch } from '../../repository/canary-branch.ts';
import type { PackageManager } from '../../repository/package-manager.ts';

export interface CiArgs {
  readonly canary: CanaryLocation;
  /** Branch whose pushes go to prod. */
  readonly branch: string;
  readonly packageManager: PackageManager;
}

/** File of each CI. */
export const ciFiles = {
  github: '.github/workflows/deploy.yml',
  gitlab: '.gitlab-ci.yml',
} as const;

/** File that starts the package's perch, without npx: only the job's own process gets its signal. */
const perch = 'node_modules/perch/bin/perch.mjs';

/** Commands of deployments, by stack. */
export const deployCommands = {
  canary: `exec node ${perch} deploy --stack canary --progressive --timeout 300`,
  prodAfterCanary: `exec node ${perch} deploy --stack prod --from canary --wait 900`,
  prod: `exec node ${perch} deploy --stack prod --progressive --timeout 300`,
};

/** Shell words that print the version of the Pulumi CLI that belongs to the installed SDK. */
export const pulumiVersion = `$(node -p "require('@pulumi/pulumi/package.json').version")`;

/** First lines of the file: what it is for. */
export function purpose({ canary, branch }: CiArgs): string {
  return canary === 'stack'
    ? `# Releases a push to ${canaryBranch} to the canary, which passes the steps of Pulumi.canary.yaml, and
# promotes it by a push to ${branch} (docs/releasing.md of Perch, "From CI").`
    : `# Releases a push to ${branch}. A canary passes the steps of Pulumi.prod.yaml first.`;
}
