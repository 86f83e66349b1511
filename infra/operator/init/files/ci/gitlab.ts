import { packageManagerCommands } from '../../repository/package-manager.ts';
import { canaryBranch } from '../../repository/canary-branch.ts';
import { deployCommands, pulumiVersion, purpose, type CiArgs } from './ci-args.ts';

/** Text of `.gitlab-ci.yml`. It deploys as docs/examples/gitlab-ci.yml does. */
export function gitlabPipeline(args: CiArgs): string {
  const { canary, branch, packageManager } = args;
  const both = canary === 'stack';
  const { installForDeployment } = packageManagerCommands[packageManager];
  const prodScript = both ? deployCommands.prodAfterCanary : deployCommands.prod;
  const quote = branch.includes('"') ? "'" : '"';
  const canaryJob = `
canary:
  extends: .deploy
  environment: { name: canary }
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "${canaryBranch}"
  script:
    # A rollout that takes longer goes on without the job, which says so and fails.
    - ${deployCommands.canary}
`;
  return `${purpose(args)}
#
# Runner: one with the tag "perch" and the shell executor, which reaches the hosts by ssh and has Node
# 24, git, curl, OpenSSH and Docker. A cancelled job's SIGTERM reaches the deployment there. The runner's
# maximum job timeout must be 6 hours.
#
# Variables (Settings, CI/CD; mask the secrets):
#   PULUMI_BACKEND_URL        backend of the state, for example s3://bucket or https://api.pulumi.com
#   PULUMI_ACCESS_TOKEN       for Pulumi Cloud; or
#   PULUMI_CONFIG_PASSPHRASE  for any other backend${both ? '; one for both stacks' : ''}
#   DIGITALOCEAN_TOKEN        on target digitalocean
#   AWS_REGION, AWS_ROLE_ARN  on AWS: a role that trusts this project by OIDC

stages: [deploy]

# One deployment at a time for each stack; a running one is never interrupted.
.deploy:
  stage: deploy
  tags: [perch]
  interruptible: false
  resource_group: $CI_ENVIRONMENT_NAME
  # Longer than the rollout is followed, so that the deployment leaves it by itself.
  timeout: 355m
  id_tokens:
    AWS_ID_TOKEN:
      aud: https://gitlab.com
  before_script:
    - ${installForDeployment}
    - curl -fsSL https://get.pulumi.com | sh -s -- --version "${pulumiVersion}"
    - export PATH="$HOME/.pulumi/bin:$PATH" AWS_WEB_IDENTITY_TOKEN_FILE="$CI_PROJECT_DIR.tmp/aws-token"
    - mkdir -p "$CI_PROJECT_DIR.tmp"
    - (umask 077; printf '%s' "$AWS_ID_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE")
  artifacts:
    # The logs of failed containers, which a rollback has removed from the hosts.
    when: on_failure
    paths: [.perch/failures]
    expire_in: 30 days
${both ? canaryJob : ''}
prod:
  extends: .deploy
  environment: { name: prod }
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == ${quote}${branch}${quote}
${both ? "  variables:\n    # All branches, because the canary's commit may be on none but develop.\n    GIT_DEPTH: '0'\n" : ''}  script:
    - ${prodScript}
`;
}
