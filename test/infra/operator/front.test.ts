import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frontWords } from '../../../infra/operator/words.ts';

const front = join(import.meta.dirname, '../../../bin/perch.mjs');

test.each(['18.20.4', '20.11.0', '22.17.1'])('Node %s is told which one is needed', (version) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const hook = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const words = ['--import', hook, front, 'status'];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toContain(`perch: needs Node 22.18 or later, this is ${version}`);
  expect(status).toBe(1);
});

test('--version prints the version of the project', () => {
  const { stdout } = spawnSync(process.execPath, [front, '--version'], { encoding: 'utf8' });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['host replace', ['host', 'replace', 'web-1']],
  ['recover', ['recover']],
])('%s without a stack is refused by name', (command, words) => {
  const { status, stderr } = spawnSync(process.execPath, [front, ...words], { encoding: 'utf8' });
  expect(stderr).toContain(`--stack must be given for perch ${command}`);
  expect(status).toBe(2);
});

test('a command about the project takes no stack', () => {
  const words = ['--stack', 'prod', 'init', '--yes'];
  const { status, stderr } = spawnSync(process.execPath, [front, ...words], { encoding: 'utf8' });
  expect(stderr).toBe('perch: perch init takes no --stack, got prod\n');
  expect(status).toBe(2);
});

test('--stack may stand before or after the command, and not behind --', () => {
  const split = (text: string) => frontWords(text.split(' '));
  expect(split('--stack prod status')).toMatchObject({ stack: 'prod', words: ['status'] });
  expect(split('status --stack=prod')).toMatchObject({ stack: 'prod', words: ['status'] });
  expect(split('exec m -- ls --stack x --json')).toMatchObject({
    stack: undefined,
    words: ['exec', 'm', '--', 'ls', '--stack', 'x', '--json'],
    json: false,
  });
});

test.each([['--stack'], ['--stack', '--json'], ['--stack=']])(
  '%s without a name is refused',
  (...args) => {
    expect(() => frontWords(args)).toThrow('--stack must be followed by the name of a stack');
  },
);

test('two stacks are refused', () => {
  expect(() => frontWords(['--stack', 'a', '--stack', 'b'])).toThrow('got a and b');
});
