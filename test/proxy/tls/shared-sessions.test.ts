import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { test } from '../../support/fixtures.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { visit } from './support/sessions.ts';
import { CertificateFolder, startTlsProxy } from './support/tls-proxy.ts';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** Member of a release that Redis holds. */
async function releasedMember(redis: Redis): Promise<MemberServer> {
  const member = await MemberServer.start('stable-1');
  const document = releaseDocument({ members: [member.entry()], updatedAt: Date.now() });
  await redis.set(redisKeys('shop').release, JSON.stringify(document));
  return member;
}

/** Waits until each worker has resumed a session of the first visit; all visits must be resumed. */
async function untilAllResume(proxy: ProxyProcess, workers: number): Promise<void> {
  for (const version of versions) {
    const { session } = await visit(proxy.tlsPort, version);
    let resuming = 0;
    for (let turn = 0; turn < 200 && resuming < workers; turn += 1) {
      expect(await visit(proxy.tlsPort, version, session)).toMatchObject({ isResumed: true });
      resuming = (await proxy.metrics('tls_handshakes_total', 'result="resumed"')).length;
    }
    expect(resuming).toBe(workers);
  }
}

test('the workers of a proxy resume the sessions of one another', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'perch-state-'));
  try {
    const args = ['--workers', '2', '--state-dir', stateDir];
    await using started = await startTlsProxy({ args });
    await untilAllResume(started.proxy, 2);
    expect((await stat(join(stateDir, 'ticket-keys.json'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(stateDir, { recursive: true });
  }
});

test('two proxies with one Redis and one edge key resume the sessions of one another', async ({
  redis,
  sharedServer,
}) => {
  await using _member = await releasedMember(redis);
  await using folder = await CertificateFolder.create(testCertificate({ hosts: ['a.test'] }));
  const start = (edgeKey: string) =>
    startProxy({
      args: ['--tls-listen', '127.0.0.1:0', '--workers', '1', ...folder.options],
      env: {
        PERCH_REDIS_URL: sharedServer.url,
        PERCH_SERVICE: 'shop',
        PERCH_EDGE_KEY: edgeKey,
      },
    });
  const edgeKey = randomBytes(32).toString('base64');
  await using first = await start(edgeKey);
  await using second = await start(edgeKey);
  await first.untilGeneration(1);
  await second.untilGeneration(1);
  for (const version of versions) {
    const { session } = await visit(first.tlsPort, version);
    expect(await visit(second.tlsPort, version, session)).toMatchObject({ isResumed: true });
  }
  expect(first.log.filter(({ level }) => level > 30)).toEqual([]);
});

test('a proxy that is started again without Redis resumes the sessions of before', async ({
  redis,
  sharedServer,
}) => {
  await using _member = await releasedMember(redis);
  await using folder = await CertificateFolder.create(testCertificate({ hosts: ['a.test'] }));
  const stateDir = await mkdtemp(join(tmpdir(), 'perch-state-'));
  const edgeKey = randomBytes(32).toString('base64');
  const own = ['--tls-listen', '127.0.0.1:0', '--workers', '1', '--state-dir', stateDir];
  const start = (redisUrl: string) =>
    startProxy({
      args: [...own, ...folder.options],
      env: { PERCH_REDIS_URL: redisUrl, PERCH_SERVICE: 'shop', PERCH_EDGE_KEY: edgeKey },
    });
  try {
    let visited: Awaited<ReturnType<typeof visit>>;
    {
      await using before = await start(sharedServer.url);
      await before.untilGeneration(1);
      visited = await visit(before.tlsPort, 'TLSv1.3');
    }
    await using after = await start('redis://127.0.0.1:1');
    await after.untilGeneration(1);
    expect(await visit(after.tlsPort, 'TLSv1.3', visited.session)).toMatchObject({
      isResumed: true,
    });
  } finally {
    await rm(stateDir, { recursive: true });
  }
});
