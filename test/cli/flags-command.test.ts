import { expect } from 'vitest';
import { test } from './fixtures.ts';

test('flags sets, toggles, disables, shows and lists flags', async ({ json }) => {
  const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
  expect(await json('flags', 'set', 'beta', JSON.stringify(flag))).toEqual(flag);
  expect(await json('flags', 'toggle', 'beta')).toMatchObject({ defaultVariant: 'on' });
  expect(await json('flags', 'disable', 'beta', '--reason', 'errors')).toMatchObject({
    state: 'DISABLED',
  });
  expect(await json('flags', 'get', 'beta')).toMatchObject({ state: 'DISABLED' });
  expect(Object.keys((await json('flags', 'list')) as object)).toEqual(['beta']);
});

test.for([
  {
    what: 'a flag of mixed types',
    definition: '{"state":"ENABLED","variants":{"on":true,"off":"no"},"defaultVariant":"on"}',
    reason: 'variants.off must be boolean',
  },
  {
    what: 'a definition that is not JSON',
    definition: '{state}',
    reason: 'flag beta must be JSON, got {state}',
  },
])(
  'flags set refuses $what with the reason and stores nothing',
  async ({ definition, reason }, { redis, run }) => {
    const { code, stderr } = await run('flags', 'set', 'beta', definition);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
    expect(await redis.keys('*')).toEqual([]);
  },
);

test('flags get refuses an unknown key', async ({ run }) => {
  expect(await run('flags', 'get', 'beta')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'perch: flag must exist, got beta\n',
  });
});
