import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkStartup } from '../../../runtime/proxy/settings/startup-checks.ts';
import { proxySettings, type ProxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { startSilentServer } from '../../support/redis/silent-server.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

let redis: TestRedis;
let folder: string;

beforeAll(async () => {
  redis = await startRedis({ password: 'right' });
  folder = await mkdtemp(join(tmpdir(), 'perch-test-'));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('the checks pass with a Redis that accepts the proxy', async () => {
  await expect(checkStartup(withRedis(redis.url), logger)).resolves.toBeUndefined();
});

test('the checks pass with a Redis that does not answer', async () => {
  await expect(
    checkStartup(withRedis(`redis://:right@127.0.0.1:${await freePort()}`), logger),
  ).resolves.toBeUndefined();
});

test('the checks refuse a wrong password and do not show it', async () => {
  const url = redis.url.replace('right', 'hunter2');
  const error = await checkStartup(withRedis(url), logger).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'redis_refused' });
  expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
});

test('the checks pass with a wrong password if the last good document is available', async () => {
  const stateDir = join(folder, 'state');
  await expect(
    checkStartup({ ...withRedis(redis.url), stateDir }, logger),
  ).resolves.toBeUndefined();
  await writeFile(join(stateDir, 'release-shop.json'), JSON.stringify(releaseDocument()));
  const url = redis.url.replace('right', 'wrong');
  await expect(checkStartup({ ...withRedis(url), stateDir }, logger)).resolves.toBeUndefined();
});

test('the checks do not wait for Redis if the last good document is available', async () => {
  const stateDir = join(folder, 'state-of-lost-redis');
  await mkdir(stateDir);
  await writeFile(join(stateDir, 'release-shop.json'), JSON.stringify(releaseDocument()));
  await using silent = await startSilentServer();
  const url = `redis://:right@127.0.0.1:${silent.port}`;
  await checkStartup({ ...withRedis(url), stateDir }, logger);
  expect(silent.accepted).toBe(0);
});

test('the checks refuse a state folder that is not a folder', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(
    checkStartup({ ...withRedis(redis.url), stateDir: file }, logger),
  ).rejects.toMatchObject({
    code: 'bad_input',
    message: `--state-dir must be a writable folder, got ${file} (EEXIST)`,
  });
});

test('the checks refuse a missing document file', async () => {
  await expect(checkStartup(withFile('/nowhere.json'), logger)).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining('/nowhere.json'),
  });
});

test('the checks refuse a document with two members of one id and name it', async () => {
  const file = join(folder, 'double.json');
  const members = [member('stable-1', 20_001), member('stable-1', 20_002)];
  await writeFile(file, JSON.stringify(releaseDocument({ members })));
  await expect(checkStartup(withFile(file), logger)).rejects.toMatchObject({
    code: 'document_invalid',
    message: expect.stringContaining('two members with id stable-1'),
  });
});

function withRedis(url: string): ProxySettings {
  return proxySettings({}, { PERCH_REDIS_URL: url, PERCH_SERVICE: 'shop' });
}

function withFile(document: string): ProxySettings {
  return proxySettings({ document }, {});
}
