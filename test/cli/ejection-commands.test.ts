import { expect } from 'vitest';
import type { StagedRelease } from '../support/judge/monitor.ts';
import { test } from './fixtures.ts';

async function states({ releases }: StagedRelease): Promise<Record<string, string>> {
  const read = await releases.read();
  if (read.kind !== 'found') throw new Error('there is no document');
  return Object.fromEntries(read.document.members.map(({ id, state }) => [id, state]));
}

test('eject ejects the canary for a reason, and reinstate reinstates it at weight 0', async ({
  json,
  run,
  staged,
}) => {
  expect(await run('eject', '--reason', 'checkout is broken')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^the canary is ejected, weight 0, generation \d+\n$/),
  });
  expect(await states(staged)).toMatchObject({ 'canary-1': 'ejected', 'stable-1': 'active' });
  const read = await staged.releases.read();
  expect(read).toMatchObject({ document: { weight: 0, reason: 'checkout is broken' } });
  expect((await run('eject', '--reason', 'again')).stdout).toMatch(
    /^nothing changed: the canary has no active member, weight 0, generation \d+\n$/,
  );
  expect(await json('reinstate', '--reason', 'fixed')).toMatchObject({ changed: true });
  expect(await json('reinstate', '--reason', 'fixed')).toMatchObject({ changed: false });
  expect((await run('reinstate', '--member', 'canary-1', '--reason', 'x')).stdout).toContain(
    'nothing changed: member canary-1 is active already, weight 0',
  );
  expect(await states(staged)).toMatchObject({ 'canary-1': 'active' });
  expect(await staged.releases.read()).toMatchObject({ document: { weight: 0 } });
});

test('eject --member ejects one member but never the last active stable one', async ({
  run,
  staged,
}) => {
  const args = ['--reason', 'disk is dying'];
  expect(await run('eject', '--member', 'stable-1', ...args)).toMatchObject({ code: 0 });
  expect(await states(staged)).toMatchObject({ 'stable-1': 'ejected', 'canary-1': 'active' });
  const refused = await run('eject', '--member', 'stable-2', ...args);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('stable-2 is the last active stable member');
});

test.for(['eject', 'reinstate'])('%s requires a reason', async (command, { run }) => {
  const { code, stderr } = await run(command);
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'perch: reason must be given\n' });
});
