import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { deployOptions } from '../../../infra/deploy/options.ts';
import { programCalls, workflow, type Job, type Step } from '../../scripts/ci/workflow-files.ts';

const workflows = {
  deploy: workflow('deploy'),
  preview: workflow('preview'),
  drift: workflow('drift'),
};
const all = Object.values(workflows);
const jobsOf = all.flatMap(({ jobs }) => Object.values(jobs));
const steps = jobsOf.flatMap((job) => job.steps);

function job(name: keyof typeof workflows, key: string = name): Job {
  const found = workflows[name].jobs[key];
  if (found === undefined) throw new Error(`${name}.yml must have a job ${key}`);
  return found;
}

const holdsSecrets = ({ env }: Step) => JSON.stringify(env ?? {}).includes('secrets.');
const deployment = job('deploy').steps.find(holdsSecrets)?.run ?? '';

test('only pushes to main and develop are deployed, and only if the tests pass', () => {
  expect(workflows.deploy.on).toEqual({ push: { branches: ['main', 'develop'] } });
  expect(job('deploy').needs).toBe('test');
  expect(job('deploy', 'test').steps.map(({ run }) => run)).toContain('npm test');
});

test('develop releases the canary with its steps, and main promotes what the canary ran', () => {
  expect(programCalls(deployment).map(({ args }) => args.join(' '))).toEqual([
    '--stack canary --progressive --timeout 300',
    '--stack prod --from canary --wait 900',
  ]);
});

test('the deployments of a workflow are commands that the program takes', () => {
  const options = programCalls(deployment).map(({ args }) => deployOptions(args));
  expect(options).toMatchObject([
    { stack: 'canary', isProgressive: true, timeoutMinutes: 300 },
    { stack: 'prod', from: 'canary', waitSeconds: 900 },
  ]);
});

test('main has all history to compare with the canary, so that its commit is found', () => {
  const [checkout] = job('deploy').steps;
  expect(checkout?.with?.['fetch-depth']).toBe("${{ github.ref_name == 'main' && '0' || '1' }}");
});

test('the job that deploys leaves a long rollout before GitHub kills the job', () => {
  const followed = Number(/--timeout (\d+)/.exec(deployment)?.[1]);
  const limit = job('deploy')['timeout-minutes'];
  // Before it is followed, the canary is deployed.
  expect(limit - followed).toBeGreaterThanOrEqual(45);
  // GitHub's own limit is 6 hours.
  expect(limit).toBeLessThan(360);
});

test('one deployment of a stack runs at a time, and nothing interrupts it', () => {
  expect(job('deploy').concurrency).toEqual({
    group: 'deploy-${{ github.ref_name }}',
    'cancel-in-progress': false,
  });
  // GitHub would cancel a deployment that waits in the group that another workflow joins.
  const groups = [...all, ...jobsOf].flatMap(({ concurrency }) => concurrency?.group ?? []);
  expect(new Set(groups.map((group) => group.split('-')[0]))).toEqual(
    new Set(['deploy', 'preview', 'drift']),
  );
  expect(groups).toHaveLength(3);
});

test('each job has only the permissions that it needs', () => {
  const read = { contents: 'read' };
  for (const { permissions } of all) expect(permissions).toEqual({});
  expect(job('deploy', 'test').permissions).toEqual(read);
  expect(job('deploy').permissions).toEqual({ ...read, 'id-token': 'write', actions: 'read' });
  expect(job('preview').permissions).toEqual({ ...read, 'id-token': 'write' });
  expect(job('preview', 'comment').permissions).toEqual({ ...read, 'pull-requests': 'write' });
  expect(job('drift').permissions).toEqual({ ...read, 'id-token': 'write', issues: 'write' });
});

test('every action from another repository is pinned to a commit', () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(10);
  for (const action of used) expect(action).toMatch(/^\.\/|@[0-9a-f]{40}$/);
  // One commit for each action, or an update forgets one.
  const names = new Set(used.map((action) => action.split('@')[0]));
  expect(new Set(used).size).toBe(names.size);
});

test('no checkout keeps its token', () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
  expect(checkouts.length).toBe(jobsOf.length);
  for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
});

test('only the steps that run Pulumi get secrets', () => {
  const holders = steps.filter(holdsSecrets).flatMap(({ run = '' }) => programCalls(run));
  expect(holders.map(({ program, args }) => `${program} ${args[0]}`)).toEqual([
    'infra/deploy.ts --stack',
    'infra/deploy.ts --stack',
    'scripts/ci.ts preview',
    'scripts/ci.ts drift',
  ]);
});

test('foreign code never runs with secrets or with the right to write', () => {
  for (const { on } of all) expect(Object.keys(on)).not.toContain('pull_request_target');
  expect(job('preview').if).toContain('head.repo.full_name == github.repository');
  expect(job('preview', 'comment').if).toContain("needs.preview.result != 'skipped'");
  // What a pull request writes reaches a script by variables alone.
  for (const { run = '' } of steps) expect(run).not.toContain('${{');
});

test('a comment is written although the preview failed, and a preview interrupts the one before', () => {
  expect(job('preview', 'comment').if).toContain('!cancelled()');
  expect(workflows.preview.concurrency?.['cancel-in-progress']).toBe(true);
  expect(workflows.preview.on).toEqual({ pull_request: { branches: ['main', 'develop'] } });
});

test('the signal of a cancelled job reaches the process that deploys, which starts ready', () => {
  const runs = job('deploy').steps.flatMap(({ run }) => run ?? []);
  // A shell or npm in between would end, and leave the deployment to be killed.
  expect(deployment.match(/infra\/deploy\.ts/g)).toHaveLength(2);
  expect(deployment.match(/ exec \S+\/node infra\/deploy\.ts /g)).toHaveLength(2);
  expect(runs.indexOf('npm run setup')).toBe(runs.indexOf(deployment) - 1);
  expect(runs).toContain('npm run setup');
});

test('every script of a workflow is valid shell', () => {
  const scripts = steps.flatMap(({ run }) => run ?? []);
  expect(scripts.length).toBeGreaterThan(5);
  for (const script of scripts) {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect({ script, status, stderr }).toEqual({ script, status: 0, stderr: '' });
  }
});

test('a deployment that fails uploads the logs of failed containers, and nothing else of .perch', () => {
  const step = job('deploy').steps.at(-1);
  expect(step?.if).toBe('failure()');
  expect(step?.uses).toMatch(/^actions\/upload-artifact@/);
  expect(step?.with).toMatchObject({
    path: '.perch/failures',
    // Files below a folder whose name begins with a dot count as hidden.
    'include-hidden-files': true,
    'if-no-files-found': 'ignore',
  });
});
