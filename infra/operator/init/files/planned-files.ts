/** Every file that `perch init` writes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Answers } from '../answers.ts';
import { canaryBranch } from '../repository/canary-branch.ts';
import type { Repository } from '../repository/repository.ts';
import { canarySettings, prodSettings, type HostAccess } from '../stack-settings.ts';
import { ciFiles, type CiArgs } from './ci/ci-args.ts';
import { githubWorkflow } from './ci/github.ts';
import { gitlabPipeline } from './ci/gitlab.ts';
import { dockerfile } from './dockerfile/dockerfile.ts';
import type { PlannedFile } from './planned-file.ts';
import { projectFiles } from './project-files.ts';
import { stackFile } from './stack-file.ts';

/** Returns what answers mean for a repository. */
export function plannedFiles(
  { folder, branch, packageManager }: Repository,
  answers: Answers,
  parts: HostAccess,
): PlannedFile[] {
  const { service, canary, ci, dockerfile: language, appPort: port } = answers;
  return [
    ...projectFiles(service, {
      hasDockerignore: existsSync(join(folder, '.dockerignore')),
      hasInfra: existsSync(join(folder, 'infra')),
    }),
    { path: 'Pulumi.prod.yaml', content: stackFile(prodSettings(answers, parts)) },
    ...(canary === 'stack'
      ? [{ path: 'Pulumi.canary.yaml', content: stackFile(canarySettings(answers, parts)) }]
      : []),
    ...(language === 'none'
      ? []
      : [{ path: 'Dockerfile', content: dockerfile(language, { folder, port, packageManager }) }]),
    ...ciFile(ci, { canary, branch, packageManager }),
  ];
}

function ciFile(ci: Answers['ci'], args: CiArgs): PlannedFile[] {
  if (ci === 'none') return [];
  // One branch cannot go to both stacks.
  const isTaken = args.canary === 'stack' && args.branch === canaryBranch;
  const own = isTaken ? { ...args, branch: 'main' } : args;
  const content = ci === 'github' ? githubWorkflow(own) : gitlabPipeline(own);
  return [{ path: ciFiles[ci], content }];
}
