import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { programCalls, workflow, yaml } from '../scripts/ci/workflow-files.ts';

interface GitLabJob {
  readonly extends?: string;
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly environment?: { readonly name: string; readonly action?: string };
  readonly resource_group?: string;
  readonly interruptible?: boolean;
  readonly timeout?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const file = yaml('docs/examples/gitlab-ci.yml') as Readonly<Record<string, GitLabJob>>;

/** A job with what it extends. */
function job(name: string): GitLabJob {
  const found = file[name];
  if (found === undefined) throw new Error(`gitlab-ci.yml must have ${name}`);
  return found.extends === undefined ? found : { ...job(found.extends), ...found };
}

const callsOf = (name: string) => programCalls((job(name).script ?? []).join('\n'));

test('GitLab deploys by the commands of the workflow on GitHub', () => {
  const onGitHub = workflow('deploy').jobs['deploy']?.steps.map(({ run = '' }) => run) ?? [];
  expect([...callsOf('canary'), ...callsOf('prod')]).toEqual(programCalls(onGitHub.join('\n')));
  for (const name of ['canary', 'prod']) {
    expect(job(name).script?.at(-1)).toMatch(/^exec \S+\/node infra\/deploy\.ts /);
  }
  expect(job('prod').variables).toEqual({ GIT_DEPTH: '0' });
});

test('one deployment of a stack runs at a time on GitLab, and nothing interrupts it', () => {
  expect(file['default']?.interruptible).toBe(false);
  for (const name of ['canary', 'prod']) {
    const { environment, interruptible, resource_group, rules, timeout } = job(name);
    expect(environment).toEqual({ name });
    expect(resource_group).toBe('$CI_ENVIRONMENT_NAME');
    expect(interruptible).toBeUndefined();
    expect(timeout).toBe('355m');
    expect(rules?.map((rule) => rule.if)).toEqual([
      `$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "${name === 'prod' ? 'main' : 'develop'}"`,
    ]);
  }
});

test('GitLab previews merge requests of the project alone, and notes a failed preview too', () => {
  const { rules, script, environment } = job('preview');
  expect(rules?.[0]).toEqual({
    if: '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID',
    when: 'never',
  });
  expect(callsOf('preview').map(({ args }) => args[0])).toEqual(['preview', 'comment']);
  expect(script?.[0]).toMatch(/ \|\| failed=\$\?$/);
  expect(script?.at(-1)).toBe('exit "${failed:-0}"');
  // Its variables, and no record of a deployment.
  expect(environment?.action).toBe('access');
});

test('GitLab looks for drift by schedule, one check of a stack at a time', () => {
  expect(callsOf('drift').map(({ args }) => args[0])).toEqual(['drift']);
  expect(job('drift').resource_group).toBe('drift-$STACK');
  for (const rule of job('drift').rules ?? []) {
    expect(rule.if).toContain('$CI_PIPELINE_SOURCE == "schedule"');
  }
});

test('every script of the GitLab example is valid shell', () => {
  for (const name of Object.keys(file)) {
    const { before_script = [], script = [] } = file[name] ?? {};
    const input = [...before_script, ...script].join('\n');
    const { status, stderr } = spawnSync('bash', ['-n'], { input, encoding: 'utf8' });
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
  }
});
