import { stringify } from 'yaml';
import { packageManagerCommands } from '../../repository/package-manager.ts';
import { canaryBranch } from '../../repository/canary-branch.ts';
import { deployCommands, pulumiVersion, purpose, type CiArgs } from './ci-args.ts';

/** Text of `.github/workflows/deploy.yml`. It does what the workflow of Perch's own repository does. */
export function githubWorkflow(args: CiArgs): string {
  const { canary, branch, packageManager } = args;
  const both = canary === 'stack';
  const { installForDeployment } = packageManagerCommands[packageManager];
  const isProd = `github.ref_name == '${branch.replaceAll("'", "''")}'`;
  const stack = both ? `\${{ ${isProd} && 'prod' || 'canary' }}` : 'prod';
  const depth = both ? `\${{ ${isProd} && '0' || '1' }}` : '1';
  const script = both
    ? `case "$STACK" in
            canary) ${deployCommands.canary} ;;
            prod) ${deployCommands.prodAfterCanary} ;;
          esac`
    : deployCommands.prod;
  return `${purpose(args)}
#
# Settings of the repository, or of the environments ${both ? 'prod and canary' : 'prod'}:
#   variable PULUMI_BACKEND_URL       backend of the state, for example s3://bucket or https://api.pulumi.com
#   secret PULUMI_ACCESS_TOKEN        for Pulumi Cloud; or
#   secret PULUMI_CONFIG_PASSPHRASE   for any other backend${both ? '; one for both stacks' : ''}
#   variables AWS_ROLE_ARN, AWS_REGION   on AWS, or with state in S3: a role that trusts this repository
#                                     by OIDC
#   secret DIGITALOCEAN_TOKEN         on target digitalocean
#   variable DEPLOY_RUNNER            label of a runner that reaches the hosts by ssh, if GitHub's own do
#                                     not (a variable of the repository)
name: deploy

on:
  push:
    branches: ${patterns(both ? [branch, canaryBranch] : [branch])}

permissions: {}

jobs:
  deploy:
    # Add the tests: needs: test
    runs-on: \${{ vars.DEPLOY_RUNNER || 'ubuntu-24.04' }}
    # Longer than a rollout is followed, and shorter than the 6 hours after which GitHub kills a job.
    timeout-minutes: 355
    environment: ${stack}
    # One at a time for each stack; a running release is never interrupted.
    concurrency:
      group: deploy-\${{ github.ref_name }}
      cancel-in-progress: false
    permissions:
      contents: read
      id-token: write # for OIDC with AWS
      actions: read # to see that the run of an abandoned lock is over
    env:
      STACK: ${stack}
      PULUMI_BACKEND_URL: \${{ vars.PULUMI_BACKEND_URL }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
${both ? `          # All branches, because the canary's commit may be on none but ${canaryBranch}.\n` : ''}          fetch-depth: ${depth}
      - uses: actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7
        with:
          node-version: 24${packageManager === 'npm' ? '\n          cache: npm' : ''}
      # No scripts of packages: any step of this job may ask for AWS's token.
      - run: ${installForDeployment}
      - run: |
          curl -fsSL https://get.pulumi.com | sh -s -- --version "${pulumiVersion}"
          echo "$HOME/.pulumi/bin" >> "$GITHUB_PATH"
      - if: vars.AWS_ROLE_ARN != ''
        uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: \${{ vars.AWS_ROLE_ARN }}
          aws-region: \${{ vars.AWS_REGION }}
      # A cancelled job sends its signal to this process only, so no shell or npx may stand in between.
      # A rollout that takes longer than the time limit goes on without the job, which says so and fails.
      - run: |
          ${script}
        env:
          GITHUB_TOKEN: \${{ github.token }}
          PULUMI_ACCESS_TOKEN: \${{ secrets.PULUMI_ACCESS_TOKEN }}
          PULUMI_CONFIG_PASSPHRASE: \${{ secrets.PULUMI_CONFIG_PASSPHRASE }}
          DIGITALOCEAN_TOKEN: \${{ secrets.DIGITALOCEAN_TOKEN }}
      # The logs of failed containers, which a rollback has removed from the hosts.
      - if: failure()
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with:
          name: failed-containers-\${{ github.run_attempt }}
          path: .perch/failures
          include-hidden-files: true # .perch
          if-no-files-found: ignore
          retention-days: 30
`;
}

/** Branches as a list of YAML, in which + and ! would be patterns. */
function patterns(branches: readonly string[]): string {
  const exact = branches.map((name) => name.replaceAll(/[+!]/g, String.raw`\$&`));
  return stringify(exact, { collectionStyle: 'flow', flowCollectionPadding: false }).trim();
}
