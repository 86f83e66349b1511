import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { until } from '../../support/until.ts';
import { on, storeNewFeature } from '../fixtures.ts';
import { test } from './support/fixtures.ts';

const path = '/ofrep/v1/evaluate/flags/new_feature';
const head = `POST ${path} HTTP/1.1\r\nhost: flags\r\ncontent-type: application/json\r\n`;

test('the flags server keeps its flags while Redis hangs, and after it died', async ({
  serveFrom,
  server: redis,
}) => {
  await storeNewFeature(redis);
  const server = await serveFrom(redis);
  redis.pause();
  expect((await server.one('new_feature')).body).toMatchObject({ value: true, variant: 'on' });
  redis.resume();
  await redis.kill();
  expect((await server.one('new_feature')).body).toMatchObject({ value: true, variant: 'on' });
});

test('the flags server starts from disk without Redis', async ({ serveFrom, server: redis }) => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-flags-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const lastGoodFile = join(folder, 'flags.json');
  await storeNewFeature(redis);
  const first = await serveFrom(redis, { lastGoodFile });
  expect(await first.isReady()).toBe(true);
  // The file is written beside the first answers.
  await until(() => existsSync(lastGoodFile), { what: 'the file' });
  await redis.kill();

  const server = await serveFrom(redis, { lastGoodFile });

  expect((await server.one('new_feature')).body).toMatchObject({ value: true, variant: 'on' });
});

test('the flags server says that it is not ready before it has read any flags, and then is', async ({
  serveFrom,
  server: redis,
}) => {
  await redis.kill();
  const server = await serveFrom(redis);
  expect(await server.isReady()).toBe(false);
  const error = { errorCode: 'PROVIDER_NOT_READY', errorDetails: 'no flags have been read yet' };
  expect(await server.one('new_feature')).toEqual({
    status: 500,
    etag: null,
    body: { key: 'new_feature', metadata: {}, ...error },
  });
  expect(await server.all()).toEqual({ status: 500, etag: null, body: error });

  await redis.start();
  await storeNewFeature(redis);

  await until(() => server.isReady());
  await until(async () => (await server.one('new_feature')).status === 200);
});

test('the flags server refuses a body that is too large, by its length and by its chunks', async ({
  serve,
  store,
}) => {
  await store.set('new_feature', on);
  const server = await serve();
  const padding = (bytes: number) => ({ context: { padding: 'x'.repeat(bytes) } });
  expect((await server.one('new_feature', padding(65_000))).status).toBe(200);
  expect(await server.one('new_feature', padding(65_536))).toMatchObject({
    status: 400,
    body: { errorCode: 'INVALID_CONTEXT', errorDetails: 'body must be at most 65536 bytes' },
  });

  using announced = await RawClient.connect(server.port);
  await announced.send(`${head}content-length: 1000000000\r\n\r\n`);
  expect((await announced.response('POST')).status).toBe(400);

  using chunked = await RawClient.connect(server.port);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  await chunked.send(`${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(5)}`);
  expect((await chunked.response('POST')).status).toBe(400);
});

test('the flags server answers 429 while too many requests are on their way, and serves on', async ({
  serve,
  store,
}) => {
  await store.set('new_feature', on);
  const server = await serve({ maxRequests: 1 });
  using slow = await RawClient.connect(server.port);
  await slow.send(`${head}content-length: 2\r\n\r\n{`);

  const refused = await until(async () => {
    const response = await server.post('/new_feature', {});
    return response.status === 429 && response;
  });
  expect(refused.headers.get('retry-after')).toBe('1');

  await slow.send('}');
  expect((await slow.response('POST')).status).toBe(200);
  expect((await server.one('new_feature')).status).toBe(200);
});

test('the flags server ends a request that does not arrive in time, and has bounded connections', async ({
  serve,
}) => {
  const limits = { maxConnections: 1, requestTimeoutMs: 200, idleTimeoutMs: 60_000 };
  const server = await serve({ limits });
  using slow = await RawClient.connect(server.port);
  await slow.send(`${head}content-length: 2\r\n\r\n{`);
  using further = await RawClient.connect(server.port);
  expect(await further.untilEnd()).toBe('');
  expect(await slow.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
});
