import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

interface Weight {
  readonly port: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly connections: number;
  /** Open sockets, including those to the upstream. */
  readonly sockets: number;
}

let upstream: RawUpstream;
let forwarder: ChildProcess;
let port: number;
const clients: RawClient[] = [];
/** Enough for the growth of the process itself to weigh little. */
const slowCount = 800;

beforeEach(async () => {
  upstream = await RawUpstream.start();
  const file = join(import.meta.dirname, '../support/forwarder-process.ts');
  // Makes malloc give every freed read buffer back, so that only memory in use is weighed.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '32768' };
  forwarder = fork(file, [String(upstream.port)], { execArgv: ['--expose-gc'], env });
  const [started] = (await once(forwarder, 'message')) as [Weight];
  ({ port } = started);
  // The code that the first requests load and compile must not be weighed.
  await connect(200);
  await Promise.all(clients.map((client) => ask(client)));
  await disconnect();
});

afterEach(async () => {
  await disconnect();
  forwarder.disconnect();
  await upstream[Symbol.asyncDispose]();
});

/** @param collection `brief` for one that looks at young objects only. */
async function weigh(collection: 'full' | 'brief' = 'full'): Promise<Weight> {
  forwarder.send(collection === 'full' ? 'weigh' : 'weigh-briefly');
  const [weight] = (await once(forwarder, 'message')) as [Weight];
  return weight;
}

/**
 * Waits until all connections are there and each takes less, because malloc gives memory back a little
 * later. @returns the bytes that each takes.
 */
async function bytesOfEach(
  before: Weight,
  { connections, below }: { readonly connections: number; readonly below: number },
): Promise<number> {
  const deadline = performance.now() + 5_000;
  return await until(async () => {
    const after = await weigh();
    const bytes = (after.rssBytes - before.rssBytes) / connections;
    const isDone = bytes < below || performance.now() > deadline;
    return after.connections === connections && isDone && bytes;
  });
}

async function connect(count: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    const some = Array.from({ length: Math.min(100, count - done) }, () => RawClient.connect(port));
    clients.push(...(await Promise.all(some)));
  }
}

async function disconnect(): Promise<void> {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
  await until(async () => (await weigh()).connections === 0, { what: 'no connection to be left' });
}

async function ask(client: RawClient): Promise<void> {
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.response();
}

test('a closed connection leaves at most 2 KB until the next full collection', async () => {
  const count = 800;
  const before = await weigh();
  for (let done = 0; done < count; done += 100) {
    await connect(100);
    await Promise.all(clients.map((client) => ask(client)));
    for (const client of clients.splice(0)) client[Symbol.dispose]();
    await until(async () => (await weigh('brief')).connections === 0);
  }
  const { heapBytes } = await weigh('brief');
  expect((heapBytes - before.heapBytes) / count).toBeLessThan(2_000);
});

test('5,000 idle connections take at most 8.5 KB each', async () => {
  const before = await weigh();
  await connect(5_000);
  for (let at = 0; at < clients.length; at += 100) {
    await Promise.all(clients.slice(at, at + 100).map((client) => ask(client)));
  }
  expect(await bytesOfEach(before, { connections: 5_000, below: 8_500 })).toBeLessThan(8_500);
});

test('clients that read nothing take at most 64 KiB each', async () => {
  const size = 16_777_216;
  const body = Buffer.alloc(size);
  upstream.respond = (_, { socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(body);
  };
  const before = await weigh();
  await connect(slowCount);
  for (const client of clients) {
    client.socket.pause();
    await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  }
  // At least, because a request may be sent again on another connection.
  await until(() => upstream.requests.length >= 200 + slowCount, {
    what: 'every request upstream',
  });
  const waiting = () => upstream.connections.map(({ socket }) => socket.writableLength).join();
  await until(() => unchanged(waiting), { what: 'the proxy to stop the upstream' });
  expect(await bytesOfEach(before, { connections: slowCount, below: 65_536 })).toBeLessThan(65_536);
});

test('clients whose uploads the upstream does not read take at most 64 KiB each', async () => {
  const size = 16_777_216;
  const body = Buffer.alloc(size);
  const stopped = new Set<Socket>();
  upstream.onData = ({ socket }) => stopped.add(socket.pause());
  const before = await weigh();
  await connect(slowCount);
  for (const { socket } of clients) {
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(body);
  }
  await until(() => stopped.size >= slowCount, { what: 'the uploads to begin' });
  const sent = () => clients.map(({ socket }) => socket.writableLength).join();
  await until(() => unchanged(sent), { what: 'the proxy to stop the clients' });
  expect(await bytesOfEach(before, { connections: slowCount, below: 65_536 })).toBeLessThan(65_536);
  for (const socket of stopped) socket.destroy();
});

/** Reports whether the text stays the same for a moment. */
async function unchanged(look: () => string): Promise<boolean> {
  const earlier = look();
  await weigh();
  return earlier === look();
}

test('10,000 aborted uploads leave no socket behind', async () => {
  let begun = 0;
  upstream.onData = ({ received }) => {
    if (received.toString('latin1', received.length - 3) === 'abc') begun += 1;
  };
  for (let round = 1; round <= 100; round += 1) {
    await connect(100);
    for (const client of clients) {
      client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc');
    }
    await until(() => begun === 100 * round, { what: 'the uploads to begin', everyMs: 1 });
    for (const client of clients.splice(0)) client.socket.resetAndDestroy();
  }
  await until(() => upstream.connections.every(({ closed }) => closed));
  await until(async () => (await weigh()).sockets === 0, { what: 'no socket to be left' });
  expect(begun).toBe(10_000);
});
