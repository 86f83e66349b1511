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

test('flags says to what a flag was toggled, and so does the event', async ({ json, run }) => {
  await run('flags', 'set', 'beta', onOff({}));
  const line = (text: string) => ({ code: 0, stdout: `flag beta is ${text}\n` });
  expect(await run('flags', 'toggle', 'beta')).toMatchObject(line('enabled, default on'));
  await run('flags', 'disable', 'beta');
  await run('flags', 'set', 'beta', onOff({ targeting: { if: [true, 'on', 'off'] } }));
  const after = 'enabled, default on, after its targeting';
  expect(await run('flags', 'toggle', 'beta')).toMatchObject(line(after));
  expect(await json('events', '--last', '1')).toMatchObject({
    type: 'flag-toggled',
    text: `flag beta toggled: ${after}`,
  });
  const { stdout } = await run('events');
  expect(stdout).toContain('flag beta toggled: enabled, default on ');
  expect(stdout).toContain('flag beta set: enabled, default off, after its targeting');
});

test('flags list shows the targeting of each flag', async ({ run }) => {
  await run('flags', 'set', 'beta', onOff({ targeting: { if: [true, 'on', 'off'] } }));
  await run('flags', 'set', 'gamma', onOff({ targeting: {} }));
  const rules = Array.from({ length: 50 }, (_, index) => `variant-${index}`);
  await run('flags', 'set', 'long', onOff({ targeting: { if: rules } }));
  const { stdout } = await run('flags', 'list');
  expect(stdout).toMatch(/^FLAG +STATE +DEFAULT +VARIANTS +TARGETING$/m);
  expect(stdout).toMatch(/^beta .* \{"if":\[true,"on","off"\]\}$/m);
  expect(stdout).toMatch(/^gamma .* none$/m);
  expect(stdout).toMatch(/^long .* \{"if":\["variant-0".*…$/m);
});

function onOff(more: object): string {
  const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
  return JSON.stringify({ ...flag, ...more });
}

test('flags history says who changed a flag, what and why; undo brings it back; delete needs --yes', async ({
  json,
  run,
}) => {
  await run('flags', 'set', 'beta', onOff({}), '--reason', 'prepare');
  await run('flags', 'toggle', 'beta', '--reason', 'launch');
  const { stdout } = await run('flags', 'history', 'beta');
  expect(stdout).toMatch(
    /^CHANGED +BY +REASON +ID +WHAT\n.* launch .* The default variant goes from off to on\.\n.* prepare .* The flag is created: enabled, default off\.\n$/,
  );
  expect(await json('flags', 'undo', 'beta', '--reason', 'too early')).toMatchObject({
    defaultVariant: 'off',
  });
  expect(await json('flags', 'history', 'beta')).toMatchObject({
    flag: 'beta',
    isRecorded: true,
    changes: [
      { type: 'flag-undone', reason: 'too early', after: { defaultVariant: 'off' } },
      { type: 'flag-toggled', reason: 'launch' },
      { type: 'flag-set', before: null },
    ],
  });
  const refused = await run('flags', 'delete', 'beta');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('--yes must be given to delete flag beta');
  expect(await json('flags', 'delete', 'beta', '--yes')).toEqual({ flag: 'beta', deleted: true });
  expect(Object.keys((await json('flags', 'list')) as object)).toEqual([]);
  expect(await run('flags', 'undo', 'beta')).toMatchObject({
    code: 0,
    stdout: 'flag beta is enabled, default off\n',
  });
  expect((await run('flags', 'undo', 'bata')).stderr).toContain('did you mean beta?');
  expect((await run('flags', 'toggle', 'beta', '--reason', 'a\nb')).stderr).toContain(
    'reason must be one line',
  );
});

test('flags history names a flag that an older version changed', async ({ redis, run }) => {
  await redis.hset('perch:shop:flags', 'old', onOff({}));
  expect(await run('flags', 'history', 'old')).toMatchObject({
    code: 0,
    stdout: 'flag old was last changed by a version of Perch that records no changes\n',
  });
  expect((await run('flags', 'undo', 'old')).stderr).toContain('flag old has no recorded change');
});
