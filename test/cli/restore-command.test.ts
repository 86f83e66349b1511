import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { LastGoodStore } from '../../runtime/store/release/last-good-store.ts';
import { releaseDocument } from '../support/release-document.ts';
import { reserve, test } from './fixtures.ts';

test('restore stores a document that Redis lost, which no command replaces with an empty one', async ({
  json,
  reportForLong,
  run,
}) => {
  await reportForLong({ generation: 41, condition: 'absent' });
  expect(await run(...reserve('s1'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('live proxies apply generation 41'),
  });
  const folder = await mkdtemp(join(tmpdir(), 'perch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'release.json');
  await writeFile(file, JSON.stringify(releaseDocument({ generation: 41 })));
  expect(await json('restore', '--document', file)).toEqual({ generation: 42, members: 0 });
});

test("restore without a file takes the proxies' newest last good document, and never goes back", async ({
  json,
  redis,
  reportForLong,
  run,
}) => {
  await reportForLong({ generation: 41, condition: 'absent' });
  expect(await json('status')).toMatchObject({ release: null, lostGeneration: 41 });
  expect((await run('status')).stdout).toContain('Redis lost generation 41');
  const missing = await run('restore');
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--document') });
  const offers = new LastGoodStore(redis, 'shop');
  for (const generation of [9, 41, 40]) {
    await offers.offer(JSON.stringify(releaseDocument({ generation })), generation);
  }
  expect(await json('restore')).toEqual({ generation: 42, members: 0 });
  expect(await json('status')).toMatchObject({ release: { generation: 42 }, lostGeneration: null });
  expect(await run('restore')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nothing is lost: Redis holds generation 42'),
  });
});
