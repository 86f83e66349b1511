import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { releaseDocument } from '../support/release-document.ts';
import { report, reserve, test } from './fixtures.ts';

test('restore stores a document that Redis lost, which no command replaces with an empty one', async ({
  json,
  redis,
  reports,
  run,
}) => {
  await reports.write(report({ generation: 41, condition: 'absent' }));
  await redis.persist(redisKeys('shop').proxy('proxy-1'));
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
