import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { childrenOf, isRunning } from '../support/processes/processes.ts';
import {
  ProxyProcess,
  startProxy,
  type ProxyProcessOptions,
} from '../support/processes/proxy-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

let member: MemberServer;
let file: DocumentFile;

beforeAll(async () => {
  member = await MemberServer.start('stable-1');
  file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
});
afterEach(() => {
  member.respond = (_, response) => void response.end(member.id);
});
afterAll(async () => {
  await member?.[Symbol.asyncDispose]();
  await file?.[Symbol.asyncDispose]();
});

test('perch proxy reports in one line that its port is in use, and leaves no process behind', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { status, stderr, children } = await fails({
    args: ['--document', file.path, '--workers', '2', '--listen', `127.0.0.1:${port}`],
  });
  other.close();
  expect(status).toBe(1);
  expect(stderr).toBe(`perch: --listen 127.0.0.1:${port} is in use by another process\n`);
  expect(children.filter(isRunning)).toEqual([]);
});

test('perch proxy reports in one line that its admin port is in use', async () => {
  const other = createHttpServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { status, stderr } = await fails({
    args: ['--document', file.path, '--admin', `127.0.0.1:${port}`],
  });
  other.close();
  expect(status).toBe(1);
  expect(stderr).toBe(`perch: --admin 127.0.0.1:${port} is in use by another process\n`);
});

test('perch proxy names every bad option at once', async () => {
  const { status, stderr } = await fails({
    args: ['--document', file.path, '--workers', '0', '--drain-timeout', 'soon'],
  });
  expect(status).toBe(2);
  expect(stderr).toBe(
    'perch: --workers must be a whole number from 1 to 256, got 0; ' +
      '--drain-timeout must be a whole number from 0 to 3600000, got soon\n',
  );
});

test('perch proxy refuses an unknown option', async () => {
  const { status, stderr } = await fails({ args: ['--wrokers', '2'] });
  expect(status).toBe(2);
  expect(stderr).toContain("unknown option '--wrokers'");
});

test('perch proxy reports in one line that Redis refuses the password, and does not show it', async () => {
  await using redis = await startRedis({ password: 'right' });
  const { status, stderr } = await fails({
    env: { PERCH_REDIS_URL: redis.url.replace('right', 'hunter2'), PERCH_SERVICE: 'shop' },
  });
  expect(status).toBe(1);
  expect(stderr).toBe('perch: connect: Redis refused the user or password of PERCH_REDIS_URL\n');
});

test('perch proxy starts without Redis and without a last good document', async () => {
  await using proxy = await startProxy({
    args: ['--workers', '1'],
    env: {
      PERCH_REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}`,
      PERCH_SERVICE: 'shop',
    },
  });
  expect((await get(proxy.origin)).status).toBe(503);
  expect(JSON.stringify(proxy.log)).not.toContain('hunter2');
});

test('SIGTERM lets a running request finish and accepts no new ones', async () => {
  const held: ServerResponse[] = [];
  member.respond = (_, response) => void held.push(response);
  await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '2'] });
  const running = get(proxy.origin);
  await until(() => held.length === 1);
  const stopped = proxy.stop();
  await until(async () => await refuses(proxy.listening));
  held[0]?.end('finished');
  expect((await running).body).toBe('finished');
  expect(await stopped).toBe(0);
});

test('SIGTERM breaks off requests that still run after the drain timeout', async () => {
  const held: ServerResponse[] = [];
  member.respond = (_, response) => void held.push(response);
  await using proxy = await startProxy({
    args: ['--document', file.path, '--workers', '1', '--drain-timeout', '50'],
  });
  const running = get(proxy.origin).catch((error: unknown) => error);
  await until(() => held.length === 1);
  expect(await proxy.stop()).toBe(0);
  expect(await running).toBeInstanceOf(Error);
});

test('a second SIGTERM ends the proxy at once', async () => {
  const held: ServerResponse[] = [];
  member.respond = (_, response) => void held.push(response);
  await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '2'] });
  const running = get(proxy.origin).catch((error: unknown) => error);
  await until(() => held.length === 1);
  const workers = childrenOf(proxy.pid);
  proxy.signal('SIGTERM');
  await until(async () => await refuses(proxy.listening));
  proxy.signal('SIGTERM');
  expect(await proxy.exited).toBe(0);
  expect(await running).toBeInstanceOf(Error);
  expect(workers.filter(isRunning)).toEqual([]);
});

/** Runs a `perch proxy` that ends by itself; returns its exit status, errors and children. */
async function fails(options: ProxyProcessOptions) {
  const proxy = new ProxyProcess(options);
  const children = new Set<number>();
  let ended = false;
  const watching = until(
    () => {
      for (const child of childrenOf(proxy.pid)) children.add(child);
      return ended;
    },
    { what: 'perch proxy to end' },
  );
  const status = await proxy.exited;
  ended = true;
  await watching;
  return { status, stderr: proxy.stderr, children: [...children] };
}

/** Reports whether HOST:PORT refuses connections. */
async function refuses(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`http://${address}`);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
