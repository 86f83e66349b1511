import { expect } from 'vitest';
import { perch } from '../support/processes/perch.ts';
import { test } from './fixtures.ts';

test.for([
  {
    what: 'bad input, with each problem',
    args: ['weight', '101', '--affinity', 'coookie'],
    code: 2,
    error: {
      code: 'bad_input',
      message:
        'weight must be from 0 to 100, got 101; affinity must be one of none, cookie, got coookie',
      problems: [
        { field: 'weight', rule: 'must be from 0 to 100', value: '101' },
        { field: 'affinity', rule: 'must be one of none, cookie', value: 'coookie' },
      ],
    },
  },
  {
    what: 'a missing option',
    args: ['eject'],
    code: 2,
    error: {
      code: 'bad_input',
      message: 'reason must be given',
      problems: [{ field: 'reason', rule: 'must be given' }],
    },
  },
  {
    what: 'a refused change',
    args: ['member', 'activate', '--id', 's1'],
    code: 1,
    error: { code: 'not_found', message: 'service shop has no release yet', problems: [] },
  },
  {
    what: 'an unknown command',
    args: ['wieght'],
    code: 2,
    error: {
      code: 'bad_input',
      message: "unknown command 'wieght' (Did you mean weight?)",
      problems: [],
    },
  },
  {
    what: 'an unknown command inside another one',
    args: ['incidents', 'silense'],
    code: 2,
    error: {
      code: 'bad_input',
      message: "unknown command 'silense'; did you mean silence?",
      problems: [],
    },
  },
  {
    what: 'an unknown option',
    args: ['status', '--frobnicate'],
    code: 2,
    error: { code: 'bad_input', message: "unknown option '--frobnicate'", problems: [] },
  },
  {
    what: 'a bad value of an option',
    args: ['events', '--last', '0'],
    code: 2,
    error: {
      code: 'bad_input',
      message:
        "option '--last <count>' argument '0' is invalid. must be a whole number from 1 to 10000, got 0",
      problems: [],
    },
  },
  {
    what: 'a flag that is not JSON',
    args: ['flags', 'set', 'beta', '{state}'],
    code: 2,
    error: { code: 'bad_input', message: 'flag beta must be JSON, got {state}', problems: [] },
  },
])('with --json, $what is one line of JSON on stderr', async ({ args, code, error }, { run }) => {
  const ended = await run(...args, '--json');
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr.trimEnd()).not.toContain('\n');
  expect(JSON.parse(ended.stderr)).toEqual({ error });
});

test('with --json, a command without its environment and one without Redis print JSON errors', async () => {
  const unset = await perch(['status', '--json']);
  expect(JSON.parse(unset.stderr)).toMatchObject({
    error: {
      code: 'bad_input',
      problems: [{ field: 'PERCH_SERVICE' }, { field: 'PERCH_REDIS_URL', rule: 'must be set' }],
    },
  });
  const nowhere = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: 'redis://:hunter2@127.0.0.1:1' };
  const unreachable = await perch(['status', '--json'], nowhere);
  expect(unreachable.code).toBe(1);
  expect(JSON.parse(unreachable.stderr)).toMatchObject({ error: { code: 'redis_unavailable' } });
  expect(unreachable.stderr).not.toContain('hunter2');
});
