import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isRunOver, runOfLock } from '../../../infra/deploy/ci-runs.ts';
import type { RecordedRelease } from '../../../infra/deploy/rollback-target.ts';

const run = 'https://github.internal/shop/shop/actions/runs/17/attempts/2';
const minuteMs = 60_000;

const open: RecordedRelease = {
  at: 10 * minuteMs,
  stack: 'prod',
  outcome: 'deploying',
  action: 'deploy',
  host: 'runner-7',
  run,
};
const lock = { host: 'runner-7', at: 10 * minuteMs + 4_000 };

test('a lock belongs to the run whose open record began on its machine when it was taken', () => {
  expect(runOfLock([open], 'prod', lock)).toBe(run);
  expect(runOfLock([{ ...open, stack: 'canary' }, open], 'prod', lock)).toBe(run);
  expect(runOfLock([], 'prod', lock)).toBeUndefined();
  expect(runOfLock([open], 'canary', lock)).toBeUndefined();
  expect(runOfLock([open], 'prod', { ...lock, host: 'laptop' })).toBeUndefined();
  // A person's update on that machine, later.
  expect(runOfLock([open], 'prod', { ...lock, at: 13 * minuteMs })).toBeUndefined();
  expect(runOfLock([{ ...open, outcome: 'served' }, open], 'prod', lock)).toBeUndefined();
});

test('a run is over if GitHub says that its attempt is completed', async ({ onTestFinished }) => {
  let answer = { code: 200, status: 'in_progress' };
  const asked: string[] = [];
  const github = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    response.writeHead(answer.code).end(JSON.stringify({ status: answer.status }));
  });
  onTestFinished(() => void github.close());
  await once(github.listen(0, '127.0.0.1'), 'listening');
  const { port } = github.address() as AddressInfo;
  const environment = {
    GITHUB_SERVER_URL: 'https://github.internal',
    GITHUB_API_URL: `http://127.0.0.1:${port}`,
    GITHUB_TOKEN: 'a-token',
  };
  expect(await isRunOver(run, environment)).toBe(false);
  answer = { code: 200, status: 'completed' };
  expect(await isRunOver(run, environment)).toBe(true);
  expect(new Set(asked)).toEqual(
    new Set(['Bearer a-token /repos/shop/shop/actions/runs/17/attempts/2']),
  );
  answer = { code: 403, status: '' };
  await expect(isRunOver(run, environment)).rejects.toThrow('GitHub answers 403 for http');
});

test('a run of another server, or without a token, is not known to be over', async () => {
  expect(await isRunOver(run, {})).toBe(false);
  const elsewhere = { GITHUB_API_URL: 'http://127.0.0.1:1', GITHUB_TOKEN: 'a-token' };
  expect(await isRunOver(run, { ...elsewhere, GITHUB_SERVER_URL: 'https://other' })).toBe(false);
  expect(await isRunOver('https://gitlab.com/shop/shop/-/jobs/17', elsewhere)).toBe(false);
});
