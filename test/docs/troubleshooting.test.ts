import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Messages of Pulumi, its providers, Node, Docker, registries, ssh and the kernel. */
const foreign = [
  'Unknown file extension ".ts"',
  'failed to load checkpoint: EOF',
  'unknown stack',
  'Permission denied',
  'no such identity: ../.perch/ssh/...',
  'Host key verification failed',
  'host key mismatch',
  'dial tcp ...: i/o timeout',
  'Connection timed out',
  'no basic auth credentials',
  'unauthorized',
  'exec format error',
  'denied',
  'port is already allocated',
  'address already in use',
  'cannot assign requested address',
  'the stack is currently locked',
  "Error waiting for droplet to be unlocked for destroy ... 'Not Found'",
];
/** Names a resource of Perch in a message of Pulumi. */
const resource = 'StackReference (perch:prodStack)';

const messages = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
  .map(([, message = '']) => message);

const code = globSync(['{infra,runtime}/**/*.{ts,sh}', 'scripts/setup/*.mjs'], {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
})
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n')
  .replaceAll(/\/\*\*[^]*?\*\/|^\s*\/\/.*$/gm, '');

test("the table of troubleshooting quotes Perch's messages as the code prints them", () => {
  const ours = messages.filter((message) => !foreign.includes(message) && message !== resource);
  expect(ours.length).toBeGreaterThan(8);
  expect(ours.filter((message) => !patternOf(message).test(code))).toEqual([]);
});

test('the table of troubleshooting quotes every message that is listed here as foreign', () => {
  expect(foreign.filter((message) => !messages.includes(message))).toEqual([]);
});

/** `...` stands for a value, which ends on the same line. */
function patternOf(message: string): RegExp {
  const parts = message
    .split('...')
    .map((part) => part.trimEnd().replaceAll(/\W/g, String.raw`\$&`));
  return new RegExp(parts.join('.*'));
}
