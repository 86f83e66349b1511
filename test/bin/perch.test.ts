import { expect, test } from 'vitest';
import { perch } from '../support/processes/perch.ts';

test.each([
  { args: ['frobnicate'], stderr: /^perch: unknown command 'frobnicate'\n/ },
  {
    args: ['weight', '--affinty', 'cookie'],
    stderr: /^perch: unknown option '--affinty'\n\(Did you mean --affinity\?\)\n/,
  },
  {
    args: ['events', '--last', '0'],
    stderr: /^perch: option '--last <count>' argument '0' is invalid\. must be a whole number/,
  },
])('perch $args reports bad input clearly and exits with 2', async ({ args, stderr }) => {
  const ended = await perch(args);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(stderr);
});

test('every command has a help with an example', async () => {
  const commands = [
    ['proxy'],
    ['app'],
    ['app', 'seed-flags'],
    ['monitor'],
    ['console'],
    ['member', 'reserve'],
    ['member', 'activate'],
    ['member', 'drain'],
    ['member', 'deregister'],
    ['weight'],
    ['flags', 'list'],
    ['flags', 'get'],
    ['flags', 'set'],
    ['flags', 'toggle'],
    ['flags', 'disable'],
    ['status'],
    ['events'],
    ['incidents'],
    ['eject'],
    ['reinstate'],
    ['restore'],
    ['notify'],
    ['test-alert'],
  ];
  const helps = await Promise.all(commands.map((command) => perch([...command, '--help'])));
  for (const { code, stdout } of helps) {
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}\$ /);
  }
});
