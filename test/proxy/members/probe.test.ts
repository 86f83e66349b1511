import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server as RawServer,
} from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { probe } from '../../../runtime/proxy/members/probe.ts';
import { freePort } from '../../../rehearsal/loopback.ts';

const never = new AbortController().signal;
const servers: (Server | RawServer)[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

const options = { path: '/healthz', timeoutMs: 5_000 };

test.each([
  { status: 200, result: 'passed' },
  { status: 204, result: 'passed' },
  { status: 302, result: 'passed' },
  { status: 404, result: 'failed' },
  { status: 503, result: 'failed' },
])('a probe of a member that answers $status is $result', async ({ status, result }) => {
  const port = await serve((_, answer) => answer(status));
  expect(await probe(upstreamAt(port), options, never)).toBe(result);
});

test('a probe requests the given path', async () => {
  const paths: (string | undefined)[] = [];
  const port = await serve((path, answer) => {
    paths.push(path);
    answer(200);
  });
  await probe(upstreamAt(port), { ...options, path: '/up?deep=1' }, never);
  expect(paths).toEqual(['/up?deep=1']);
});

test('a probe names the member by its address, unless another Host is wanted', async () => {
  const hosts: (string | undefined)[] = [];
  const port = await serve((_, answer, host) => {
    hosts.push(host);
    answer(200);
  });
  await probe(upstreamAt(port), options, never);
  await probe(upstreamAt(port), { ...options, host: 'shop.example:8080' }, never);
  expect(hosts).toEqual([`127.0.0.1:${port}`, 'shop.example:8080']);
});

test('a probe fails if no process listens', async () => {
  expect(await probe(upstreamAt(await freePort()), options, never)).toBe('failed');
});

test('a probe fails if the answer does not arrive in time', async () => {
  const port = await raw(() => {});
  expect(await probe(upstreamAt(port), { ...options, timeoutMs: 20 }, never)).toBe('failed');
});

test('a probe fails if the member closes the connection', async () => {
  const port = await raw((socket) => socket.destroy());
  expect(await probe(upstreamAt(port), options, never)).toBe('failed');
});

test('a probe fails if the answer is not HTTP', async () => {
  const port = await raw((socket) => socket.end('220 mail ready\r\n'));
  expect(await probe(upstreamAt(port), options, never)).toBe('failed');
});

test.each([
  ['in parts', ['HTT', 'P/1.1 2', '04 No Content\r\nX-A: 1\r', '\n\r\n'], 'passed'],
  ['after interim ones', ['HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 X\r\n\r\n'], 'failed'],
  ['after a late interim one', ['HTTP/1.1 102 P\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'], 'passed'],
  ['without a reason', ['HTTP/1.0 200\r\n\r\n'], 'passed'],
  ['by another protocol', ['HTTP/1.1 101 Switching Protocols\r\n\r\n'], 'failed'],
  ['with a head that does not end', [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`], 'failed'],
  ['and the connection is closed within the head', ['HTTP/1.1 200 OK\r\n'], 'failed'],
] as const)('an answer that comes %s', async (_how, parts, result) => {
  const port = await raw((socket) => {
    socket.setNoDelay();
    const send = (index: number): void => {
      const part = parts[index];
      if (part === undefined) return void socket.end();
      socket.write(part, () => setImmediate(send, index + 1));
    };
    send(0);
  });
  expect(await probe(upstreamAt(port), options, never)).toBe(result);
});

test('a probe has a connection of its own, says where it goes, and lets the member end it', async () => {
  const heads: string[] = [];
  const ended = Promise.withResolvers<boolean>();
  const port = await raw((socket) => {
    socket.once('data', (bytes) => {
      heads.push(String(bytes));
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
      setImmediate(() => socket.end('hello'));
    });
    socket.once('close', (hadError) => ended.resolve(hadError));
  });
  expect(await probe(upstreamAt(port), options, never)).toBe('passed');
  expect(await ended.promise).toBe(false);
  expect(heads).toEqual([
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: perch-health\r\n` +
      'Accept: */*\r\nConnection: close\r\n\r\n',
  ]);
});

test('an aborted probe ends and fails', async () => {
  const port = await raw(() => {});
  const stop = new AbortController();
  const result = probe(upstreamAt(port), options, stop.signal);
  stop.abort();
  expect(await result).toBe('failed');
});

function upstreamAt(port: number) {
  return { key: `127.0.0.1:${port}`, host: '127.0.0.1', port };
}

async function serve(
  respond: (
    path: string | undefined,
    answer: (status: number) => void,
    host: string | undefined,
  ) => void,
): Promise<number> {
  return await listen(
    createServer((request, response) => {
      const answer = (status: number) => response.writeHead(status).end();
      respond(request.url, answer, request.headers.host);
    }),
  );
}

async function raw(onConnection: Parameters<typeof createRawServer>[1]): Promise<number> {
  const server = createRawServer(onConnection);
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
  });
  server.on('close', () => {
    for (const socket of sockets) socket.destroy();
  });
  return await listen(server);
}

async function listen(server: Server | RawServer): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
