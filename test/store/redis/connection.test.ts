import { createServer } from 'node:net';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { expect } from 'vitest';
import { connectRedis, requireServer } from '../../../runtime/store/redis/connection.ts';
import { redisFailure } from '../../../runtime/store/redis/redis-failure.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const name = 'perch-test';

test('a wrong password is one clear error, and no log and no error contains the password', async () => {
  await using server = await startRedis({ password: 'right' });
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const url = `redis://:hunter2-wrong@127.0.0.1:${server.port}`;
  const redis = connectRedis({ url, name, logger });
  const error: unknown = await requireServer(redis).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'redis_refused',
    message: 'connect: Redis refused the user or password of PERCH_REDIS_URL',
  });
  const shown = inspect(error, { depth: 10, showHidden: true }) + lines.join('');
  expect(lines).not.toHaveLength(0);
  expect(shown).not.toContain('hunter2');
});

test('a URL of another form is refused and not shown', () => {
  const url = 'http://user:hunter2@example';
  expect(() => connectRedis({ url, name, logger: silentLogger })).toThrow(
    /^PERCH_REDIS_URL must be redis:\/\/(?!.*hunter2)/,
  );
});

test('a URL whose database is not a number is refused before a connection', () => {
  const url = 'redis://:hunter2@127.0.0.1:1/abc';
  expect(() => connectRedis({ url, name, logger: silentLogger })).toThrow(
    /^PERCH_REDIS_URL must be redis:\/\/(?!.*hunter2)/,
  );
});

test('a server that does not run is reported as unavailable', async () => {
  const server = await startRedis();
  const { url, port } = server;
  await server[Symbol.asyncDispose]();
  const redis = connectRedis({ url, name, logger: silentLogger });
  await expect(requireServer(redis)).rejects.toMatchObject({
    code: 'redis_unavailable',
    message: `connect: no server listens at 127.0.0.1:${port}`,
  });
});

test('a Redis that is too old is refused with its version', async () => {
  const info = '# Server\r\nredis_version:6.0.16\r\n';
  const old = createServer((socket) => {
    socket.on('data', (data) => {
      const isInfo = data.toString().toLowerCase().includes('info\r\n');
      const commands = data.toString().match(/^\*/gm)?.length ?? 0;
      const answer = isInfo ? `$${info.length}\r\n${info}\r\n` : '-ERR unknown command\r\n';
      socket.write(answer.repeat(commands));
    });
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(old, 'listening');
  const address = old.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const redis = connectRedis({ url: `redis://127.0.0.1:${port}`, name, logger: silentLogger });
  await expect(requireServer(redis)).rejects.toMatchObject({
    code: 'unsupported',
    message: 'redis_version must be 7 or later (or Valkey), got 6.0.16',
  });
  old.close();
});

test('a paused Redis fails each command in time and is used again when it resumes', async ({
  server,
}) => {
  using redis = await clientOf(server);
  server.pause();
  const failure: unknown = await redis
    .get('key')
    .catch((error: unknown) => redisFailure('get', error));
  expect(failure).toMatchObject({ code: 'redis_unavailable' });
  server.resume();
  await until(() => redis.set('key', 'value').catch(() => false), {
    what: 'a write to work again',
  });
});

test('a client reconnects to a killed Redis when it is back', async ({ server }) => {
  using redis = await clientOf(server);
  await server.kill();
  await until(() => redis.status !== 'ready', { what: 'the loss to be detected' });
  await expect(redis.get('key')).rejects.toBeInstanceOf(Error);
  await server.start();
  await until(() => redis.set('key', 'value').catch(() => false), {
    what: 'a write to work again',
  });
});

test('a client recovers from a read-only replica that becomes writable', async ({ server }) => {
  using redis = await clientOf(server);
  await redis.replicaof('127.0.0.1', 1);
  const failure: unknown = await redis
    .set('key', 'value')
    .catch((error: unknown) => redisFailure('write', error));
  expect(failure).toMatchObject({
    code: 'redis_unavailable',
    message: 'write: Redis is a read-only replica',
  });
  await until(() => redis.replicaof('NO', 'ONE').catch(() => false), { what: 'promotion' });
  await until(() => redis.set('key', 'value').catch(() => false), {
    what: 'a write to work again',
  });
});
