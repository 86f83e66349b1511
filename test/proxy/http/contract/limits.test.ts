import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const early = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

test.for([
  [
    'the proxy answers 414 to a target that is too long',
    { targetBytes: 100 },
    `GET /${'a'.repeat(200)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    414,
    'target-too-long',
  ],
  [
    'the proxy answers 431 to a head that is too large',
    { headBytes: 500 },
    `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(600)}\r\n\r\n`,
    431,
    'head-too-large',
  ],
  [
    'the proxy answers 431 to a head with too many fields',
    { headFields: 5 },
    `GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(6)}\r\n`,
    431,
    'head-too-large',
  ],
  [
    'the proxy answers 413 to a Content-Length that is too large',
    { bodyBytes: 10 },
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901',
    413,
    'body-too-large',
  ],
] as const)('%s', async ([, limits, sent, status, cause]) => {
  await using gateway = await startGateway({ upstreams: [() => {}], limits });
  using client = await RawClient.connect(gateway.port);
  await client.send(sent);
  expect(await client.untilEnd()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(gateway.refusals).toEqual([cause]);
});

test('the proxy refuses a head without an end as soon as it is too large', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}], limits: { headBytes: 1_000 } });
  using client = await RawClient.connect(gateway.port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n');
  for (let sent = 0; sent < 30; sent += 1) await client.send(`A${sent}: ${'b'.repeat(50)}\r\n`);
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 431 /);
});

test('the proxy answers 408 to a head that comes too slowly', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    limits: { headTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send('GET / HT');
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  expect(gateway.refusals).toEqual(['slow-head']);
});

test('the proxy closes a connection that sends nothing, without a response', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    limits: { headTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  expect(await client.untilEnd()).toBe('');
  expect(gateway.refusals).toEqual([]);
});

test('the proxy answers 408 to a body that comes too slowly and reports no fault of the upstream', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    limits: { bodyTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
  expect(gateway.refusals).toEqual(['slow-body']);
});

test.each([
  ['a length', 'Content-Length: 1000', 'a'],
  ['chunks', 'Transfer-Encoding: chunked', '1\r\na\r\n'],
])('the proxy answers 408 to a body of %s that trickles', async (_what, field, part) => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    limits: { bodyTimeoutMs: 300, bodyBytesPerSecond: 5_000 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`);
  const trickle = setInterval(() => void client.send(part), 20);
  try {
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  } finally {
    clearInterval(trickle);
  }
  expect(gateway.refusals).toEqual(['slow-body']);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});

test('the proxy cuts off and counts a body that trickles after its response has begun', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.write(early))],
    limits: { bodyTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
  await until(() => client.hasClosed, { what: 'the connection to be cut off' });
  expect(client.error).toBeDefined();
  expect(gateway.refusals).toEqual(['slow-body']);
});

test('the proxy cuts off and counts a client that reads nothing of its response', async () => {
  const body = Buffer.alloc(16_777_216);
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
        socket.write(body);
      },
    ],
    limits: { clientStallTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  client.socket.pause();
  await client.send(request);
  await until(() => gateway.refusals.length > 0, { what: 'the client to be given up' });
  expect(gateway.refusals).toEqual(['slow-reader']);
  await until(() => gateway.outcomes.length > 0);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});

test('the proxy closes an idle client connection after its time limit', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    limits: { keepAliveTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  await until(() => client.hasEnded, { what: 'the connection to close' });
});

test('the proxy closes an idle upstream connection after its time limit', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    limits: { idleOriginTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  const [socket] = gateway.upstreams[0]?.sockets ?? [];
  await until(() => socket?.readableEnded || socket?.destroyed, {
    what: 'the idle connection to go',
  });
});

test('the proxy closes a connection with the response to the last request that it may carry', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    limits: { requestsPerConnection: 2 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request + request + request);
  const answer = await client.untilEnd();
  expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  expect(answer).toMatch(/Connection: close[^]*ok$/);
});

test.each([
  ['in all', { connections: 2 }, 'connections'],
  ['for one address', { connectionsPerAddress: 2 }, 'connections-of-address'],
] as const)(
  'the proxy answers 503 to a connection beyond the limit %s until another one closes',
  async (_which, limits, cause) => {
    const waiting: Socket[] = [];
    await using gateway = await startGateway({
      upstreams: [(socket) => socket.once('data', () => waiting.push(socket))],
      limits,
    });
    using first = await RawClient.connect(gateway.port);
    using second = await RawClient.connect(gateway.port);
    await first.send(request);
    await second.send(request);
    await until(() => waiting.length === 2, { what: 'both requests to run' });
    using third = await RawClient.connect(gateway.port);
    expect(await third.untilEnd()).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: /);
    expect(gateway.refusals).toEqual([cause]);
    first.socket.destroy();
    await until(() => gateway.server.stats.connections === 1, {
      what: 'the closed one to be forgotten',
    });
    using fourth = await RawClient.connect(gateway.port);
    await fourth.send(request);
    await until(() => waiting.length === 3, { what: 'the new request to run' });
    expect(gateway.refusals).toEqual([cause]);
  },
);

test('at the limit, the connection that has been idle for longest makes room for a new one', async () => {
  const limits = { connections: 3, headTimeoutMs: 60_000 };
  await using gateway = await startGateway({ upstreams: [answering(ok)], limits });
  const { server } = gateway;
  const served = async (client: RawClient) => {
    await client.send(request);
    await client.untilText('\r\n\r\nok');
  };
  using silent = await RawClient.connect(gateway.port);
  using begun = await RawClient.connect(gateway.port);
  await begun.send('GET / HTTP/1.1\r\nHost:');
  await until(() => server.stats.connections === 2);
  using recent = await RawClient.connect(gateway.port);
  await served(recent);
  using first = await RawClient.connect(gateway.port);
  await served(first);
  expect(await silent.untilEnd()).toBe('');
  expect(recent.hasEnded).toBe(false);
  // A request that has begun is not idle.
  await begun.send(' a\r\n\r\n');
  await begun.untilText('\r\n\r\nok');
  expect(gateway.refusals).toEqual([]);
});

test('200 idle connections of four addresses lock nobody out', async () => {
  const limits = { connections: 200 };
  await using gateway = await startGateway({ upstreams: [answering(ok)], limits });
  await using idle = new AsyncDisposableStack();
  for (let at = 0; at < 200; at += 1) {
    idle.use(await RawClient.connect(gateway.port, `127.0.0.${2 + (at % 4)}`));
  }
  for (let at = 0; at < 20; at += 1) {
    using client = await RawClient.connect(gateway.port);
    await client.send(request);
    await client.untilText('\r\n\r\nok');
  }
  expect(gateway.refusals).toEqual([]);
});
