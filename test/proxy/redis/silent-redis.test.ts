import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { ProxyWorker } from '../../../runtime/proxy/worker.ts';
import { get } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startSilentServer } from '../../support/redis/silent-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { silentLogger } from '../../support/silent-logger.ts';

test('a worker with the last good document serves before the first attempt to reach Redis is over', async () => {
  await using redis = await startSilentServer();
  await using member = await MemberServer.start('stable-1');
  const stateDir = await mkdtemp(join(tmpdir(), 'perch-test-'));
  const document = releaseDocument({ members: [member.entry()] });
  await writeFile(join(stateDir, 'release-shop.json'), JSON.stringify(document));
  const environment = {
    PERCH_SERVICE: 'shop',
    PERCH_REDIS_URL: `redis://:secret@127.0.0.1:${redis.port}`,
  };
  const settings = proxySettings({ listen: '127.0.0.1:0', stateDir }, environment);
  const worker = new ProxyWorker({
    settings: { ...settings, drainTimeoutMs: 0 },
    id: 'test-0-abcdef',
    logger: silentLogger,
    onStatus: () => {},
  });
  const { http: port } = await worker.start();
  expect(redis.closed).toBe(0);
  expect((await get(`http://127.0.0.1:${port}`)).body).toBe('stable-1');
  await worker.drain();
  await rm(stateDir, { recursive: true });
});
