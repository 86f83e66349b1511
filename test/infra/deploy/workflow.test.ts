import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly 'cancel-in-progress': boolean };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: { readonly push: { readonly branches: readonly string[] } };
  readonly permissions: object;
  readonly jobs: { readonly test: Job; readonly deploy: Job };
}

const text = readFileSync(
  join(import.meta.dirname, '../../../.github/workflows/deploy.yml'),
  'utf8',
);
const { on, permissions, jobs } = parse(text) as Workflow;

const deployment = 'exec node_modules/.bin/node infra/deploy.ts --stack "$STACK"';

test('only pushes to main and develop are deployed, and only if the tests pass', () => {
  expect(on).toEqual({ push: { branches: ['main', 'develop'] } });
  expect(jobs.deploy.needs).toBe('test');
  expect(jobs.test.steps.map(({ run }) => run)).toContain('npm test');
});

test('the next deployment never cancels a running one', () => {
  expect(jobs.deploy.concurrency?.['cancel-in-progress']).toBe(false);
});

test('each job has only the permissions that it needs', () => {
  expect(permissions).toEqual({});
  expect(jobs.test.permissions).toEqual({ contents: 'read' });
  expect(jobs.deploy.permissions).toEqual({
    contents: 'read',
    'id-token': 'write',
    actions: 'read',
  });
});

test('every action from another repository is pinned to a commit', () => {
  const used = Object.values(jobs).flatMap(({ steps }: Job) =>
    steps.flatMap(({ uses }) => uses ?? []),
  );
  expect(used.length).toBeGreaterThan(4);
  for (const action of used) expect(action).toMatch(/^\.\/|@[0-9a-f]{40}$/);
});

test('only the step that deploys gets secrets', () => {
  const holders = Object.values(jobs).flatMap(({ steps }: Job) =>
    steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.')),
  );
  expect(holders.map(({ run }) => run)).toEqual([deployment]);
});

test('the signal of a cancelled job reaches the process that deploys, which starts ready', () => {
  const runs = jobs.deploy.steps.flatMap(({ run }) => run ?? []);
  // A shell or npm in between would end, and leave the deployment to be killed.
  expect(deployment).toMatch(/^exec \S+\/node infra\/deploy\.ts /);
  expect(runs.indexOf('npm run setup')).toBe(runs.indexOf(deployment) - 1);
  expect(runs).toContain('npm run setup');
});

test('a deployment that fails uploads the logs of failed containers, and nothing else of .perch', () => {
  const step = jobs.deploy.steps.at(-1);
  expect(step?.if).toBe('failure()');
  expect(step?.uses).toMatch(/^actions\/upload-artifact@/);
  expect(step?.with).toMatchObject({
    path: '.perch/failures',
    // Files below a folder whose name begins with a dot count as hidden.
    'include-hidden-files': true,
    'if-no-files-found': 'ignore',
  });
});
