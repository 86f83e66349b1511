import { expect } from 'vitest';
import { ReleaseHistoryStore } from '../../runtime/store/release/release-history-store.ts';
import { reserve, test } from './fixtures.ts';

const prod = { stack: 'prod', track: 'stable' };
const image = (character: string) => `shop@sha256:${character.repeat(64)}`;
const runtimeImage = `perch@sha256:${'f'.repeat(64)}`;

interface Release {
  readonly id: string;
  readonly version: string;
  readonly outcome: string;
  readonly serves: boolean;
}

test('history shows the newest releases first and marks the one that serves now', async ({
  run,
  withInput,
  json,
}) => {
  const first = { ...prod, version: '1.4.1', image: image('a'), by: 'ci', commit: 'c'.repeat(40) };
  await withInput({ ...first, outcome: 'served' }, 'history', 'end');
  await withInput({ ...prod, version: '1.4.2', outcome: 'served' }, 'history', 'end');
  await withInput({ ...prod, version: '1.4.3' }, 'history', 'begin');
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  const { releases } = (await json('history', '--limit', '2')) as { releases: Release[] };
  expect(releases).toMatchObject([
    { version: '1.4.3', outcome: 'deploying', serves: false },
    { version: '1.4.2', outcome: 'served', serves: true },
  ]);
  const { stdout } = await run('history');
  const [heading = '', newest, serving, oldest] = stdout.trimEnd().split('\n');
  expect(heading.split(/ {2,}/)).toEqual([
    'VERSION',
    'TRACK',
    'OUTCOME',
    'ACTION',
    'BEGAN',
    'STACK',
    'BY',
    'COMMIT',
    'IMAGE',
  ]);
  expect(newest).toMatch(/^1\.4\.3 +stable +deploying +deploy .* prod +pulumi up +- +unknown$/);
  expect(serving).toMatch(/^1\.4\.2 +stable +served, serves now +deploy /);
  expect(oldest).toMatch(/^1\.4\.1 +stable +served +deploy .* prod +ci +c{12} +sha256:a{12}$/);
});

test('history says how a canary ended, and by what numbers', async ({ redis, run, json }) => {
  const store = new ReleaseHistoryStore(redis, 'shop');
  const canary = { stack: 'prod', track: 'canary', version: '2.1.0' } as const;
  const judged = {
    rule: 'errors',
    unit: 'requests' as const,
    canary: { all: 48, bad: 12 },
    stable: { all: 144, bad: 0 },
    evidence: 97.31,
    bound: 40,
  };
  const ended = {
    event: '1-0',
    at: 0,
    type: 'canary-ejected',
    text: '25% failed',
    by: 'm',
    judged,
  };
  const release = await store.append({ ...canary, outcome: 'served' });
  await store.append({ ...canary, release, ended });
  const { stdout } = await run('history');
  expect(stdout).toContain(
    'canary 2.1.0 ejected 1970-01-01T00:00:00.000Z (m): 25% failed\n  errors: canary 12 of 48 requests, stable 0 of 144 requests; evidence 97.3, decides from 40\n',
  );
  expect(await json('history')).toMatchObject({ releases: [{ ended: { judged } }] });
});

test('history says that a service has no recorded release yet', async ({ run }) => {
  const { code, stdout } = await run('history');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'no release of service shop is recorded yet\n',
  });
});

test('an end by the id of a record, or by the images of the newest one, completes that record', async ({
  withInput,
  json,
}) => {
  const begun = await withInput(prod, 'history', 'begin');
  const { release } = JSON.parse(begun.stdout) as { release: string };
  const images = { image: image('a'), runtimeImage };
  // The program of the stack knows the images, and not the record.
  await withInput({ ...prod, ...images, version: 'v1', outcome: 'served' }, 'history', 'end');
  const ended = { ...prod, release, outcome: 'failed', reason: 'it did not start' };
  const { stdout } = await withInput(ended, 'history', 'end');
  expect(JSON.parse(stdout)).toEqual({ release });
  const { releases } = (await json('history')) as { releases: Release[] };
  expect(releases).toMatchObject([
    { id: release, version: 'v1', outcome: 'failed', reason: 'it did not start', ...images },
  ]);
});

test('history begin and history end refuse a record with every problem', async ({ withInput }) => {
  const { code, stderr } = await withInput(
    { stack: 'prod', track: 'blue', outcome: 'good', comit: 'x' },
    'history',
    'end',
  );
  expect(code).toBe(2);
  expect(stderr).toContain('track must be one of stable, canary, got blue');
  expect(stderr).toContain('outcome must be one of served, failed, rolled-back, got good');
  expect(stderr).toContain('comit is not known; did you mean commit?');
  const begun = await withInput('{}', 'history', 'begin');
  expect(begun.stderr).toContain('stack must be text');
});

test('history refuses a limit that is none', async ({ run }) => {
  const { code, stderr } = await run('history', '--limit', '0');
  expect(code).toBe(2);
  expect(stderr).toContain('must be a whole number from 1 to 1000, got 0');
});
