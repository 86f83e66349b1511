import { expect, test } from 'vitest';
import { parseConfig } from '../../../infra/config/stack-config.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { rawConfig } from '../../support/pulumi/stack-config.ts';

const problems = (values: Record<string, unknown>) =>
  configProblems({ ...valid.docker, ...values });
const command = ['node', 'worker.js'];

test('hooks and workers are accepted, and the rest of a worker has defaults', () => {
  const values = { beforeRelease: ['sh', '-c', 'a && b'], workers: { mail: { command } } };
  const config = parseConfig(rawConfig({ ...valid.docker, ...values }), new Set());
  expect(config.beforeRelease).toEqual(['sh', '-c', 'a && b']);
  expect(config.workers).toEqual({
    mail: { command, count: 1, memoryMiB: 256, stopSeconds: 30, onCanary: false },
  });
  expect(problems({})).toEqual([]);
});

test('all problems of workers and hooks are reported at once, each by its field', () => {
  const worker = { command: [], count: -1, memoryMiB: 1.5, stopSeconds: 0, onCanary: 'yes' };
  const found = problems({
    beforeRelease: 'migrate',
    afterRelease: [''],
    hookTimeoutSeconds: 0,
    hookRerun: 'a b',
    workers: { 'Mail Out': { command }, mail: worker, queue: { command, memory: 5 } },
    assetPaths: ['assets'],
  });
  for (const problem of [
    'perch:beforeRelease must be a list, got "migrate"',
    'perch:afterRelease must begin with a program, got [""]',
    'perch:hookTimeoutSeconds must be a whole number from 1 to 86400, got "0"',
    'perch:hookRerun must be 1 to 200 printable characters without spaces, got "a b"',
    'perch:workers.mail.command must begin with a program, got []',
    'perch:workers.mail.count must be from 0 to 100, got -1',
    'perch:workers.mail.memoryMiB must be a whole number, got 1.5',
    'perch:workers.mail.stopSeconds must be from 1 to 86400, got 0',
    'perch:workers.mail.onCanary must be true or false, got "yes"',
    'perch:workers.queue.memory is not known',
    'perch:workers.Mail Out must have a name of at most 40 characters',
    'perch:assetPaths.0 must begin and end with /',
  ]) {
    expect(found).toContainEqual(expect.stringContaining(problem));
  }
});
