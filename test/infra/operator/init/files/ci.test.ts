import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { CiArgs } from '../../../../../infra/operator/init/files/ci/ci-args.ts';
import { githubWorkflow } from '../../../../../infra/operator/init/files/ci/github.ts';
import { gitlabPipeline } from '../../../../../infra/operator/init/files/ci/gitlab.ts';
import { deployOptions } from '../../../../../infra/deploy/options.ts';

const root = join(import.meta.dirname, '../../../../..');
const own = readFileSync(join(root, '.github/workflows/deploy.yml'), 'utf8');
const args: CiArgs = { canary: 'stack', branch: 'main', packageManager: 'npm' };
const alone: CiArgs = { ...args, canary: 'prod', packageManager: 'pnpm' };

const workflow = z.object({
  on: z.object({ push: z.object({ branches: z.array(z.string()) }) }),
  permissions: z.object({}).strict(),
  jobs: z.object({
    deploy: z.object({
      permissions: z.record(z.string(), z.string()),
      steps: z.array(z.object({ run: z.string().optional() })),
    }),
  }),
});

/** Arguments of every `perch deploy` in a text. */
function deployments(text: string): string[][] {
  const commands = text.matchAll(
    /exec node node_modules\/perch\/bin\/perch\.mjs deploy (?<words>[^;\n]*)/g,
  );
  return [...commands].map(({ groups }) => (groups?.['words'] ?? '').trim().split(' '));
}

test("the workflow has the actions, permissions and branches of Perch's own, by the same digests", () => {
  const actions = (text: string) =>
    [...text.matchAll(/uses: (\S+@[0-9a-f]{40}) # v/g)].map(([, name]) => name);
  const text = githubWorkflow(args);
  expect(new Set(actions(text))).toEqual(new Set(actions(own)));
  const made = workflow.parse(parse(text));
  const { jobs, on } = workflow.parse(parse(own));
  expect(made.on).toEqual(on);
  expect(made.jobs.deploy.permissions).toEqual(jobs.deploy.permissions);
});

test('each job replaces its shell by a deployment whose options are right', () => {
  for (const write of [githubWorkflow, gitlabPipeline]) {
    const both = deployments(write(args)).map(deployOptions);
    expect(both).toMatchObject([
      { stack: 'canary', isProgressive: true, timeoutMinutes: 300 },
      { stack: 'prod', from: 'canary', waitSeconds: 900 },
    ]);
    const [only, ...others] = deployments(write(alone)).map(deployOptions);
    expect(only).toMatchObject({ stack: 'prod', isProgressive: true });
    expect(others).toEqual([]);
  }
});

test('a repository without a canary stack has one branch, and its package manager installs', () => {
  const made = workflow.parse(parse(githubWorkflow({ ...alone, branch: 'trunk' })));
  expect(made.on.push.branches).toEqual(['trunk']);
  expect(made.jobs.deploy.steps.map(({ run }) => run)).toContain(
    'corepack enable && pnpm install --frozen-lockfile --ignore-scripts',
  );
  const pipeline = parse(gitlabPipeline(alone)) as Record<string, unknown>;
  expect(Object.keys(pipeline)).toEqual(['stages', '.deploy', 'prod']);
});

test("a branch with characters of YAML, of patterns or of expressions is still that branch's name", () => {
  const text = githubWorkflow({ ...args, branch: "it's,#1+!" });
  const made = workflow.parse(parse(text));
  expect(made.on.push.branches).toEqual([String.raw`it's,#1\+\!`, 'develop']);
  expect(text).toContain(
    "environment: ${{ github.ref_name == 'it''s,#1+!' && 'prod' || 'canary' }}",
  );
  expect(
    workflow.parse(parse(githubWorkflow({ ...args, branch: '1.0' }))).on.push.branches[0],
  ).toBe('1.0');
  expect(gitlabPipeline({ ...args, branch: 'a"b' })).toContain(`$CI_COMMIT_BRANCH == 'a"b'\n`);
});
