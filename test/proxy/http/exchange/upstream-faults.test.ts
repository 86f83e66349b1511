import { expect, test } from 'vitest';
import { answering, ok, startGateway, type UpstreamBehaviour } from '../support/gateway.ts';
import { RawClient, roundTrip } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { bodyOf, request } from '../support/messages.ts';

test('the proxy retries a request on another upstream if the first one fails before its head', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.destroy()), answering(ok)],
  });
  expect(bodyOf(await roundTrip(gateway.port, request))).toBe('ok');
  expect(gateway.outcomes).toMatchObject([
    { kind: 'upstream-fault', fault: 'reset' },
    { kind: 'answered', status: 200 },
  ]);
});

test('the proxy sends the end of an empty chunked body with the retry too', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.destroy()), answering(ok)],
    limits: { originTimeoutMs: 500 },
  });
  const sent = 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(bodyOf(await roundTrip(gateway.port, sent))).toBe('ok');
  expect(gateway.upstreams[1]?.received[0]).toMatch(/\r\n\r\n0\r\n\r\n$/);
});

test('RFC 9110 9.2.2: the proxy does not send a request twice that is not idempotent', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.destroy()), answering(ok)],
  });
  const answer = await roundTrip(
    gateway.port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  expect(gateway.upstreams[1]?.received).toEqual([]);
});

test('the proxy may retry a request of which nothing was written, even a POST', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}, answering(ok)] });
  gateway.upstreams[0]?.close();
  const answer = await roundTrip(
    gateway.port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  );
  expect(bodyOf(answer)).toBe('ok');
  expect(gateway.outcomes).toMatchObject([{ fault: 'connect' }, { status: 200 }]);
});

test('the proxy cuts off the client if the upstream fails after its head, so that no half body looks complete', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', () =>
            socket.destroy(),
          );
        }),
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await until(() => client.hasClosed, { what: 'the client to be cut off' });
  expect(client.error).toBeDefined();
  expect(gateway.outcomes).toMatchObject([{ kind: 'upstream-fault', fault: 'reset' }]);
  expect(gateway.refusals).toEqual(['origin-reset']);
});

test('a kept connection that breaks is stale for a request that is sent again, else a fault', async () => {
  const onceThenBreak: UpstreamBehaviour = (socket) => {
    socket.once('data', () => {
      socket.write(ok);
      socket.once('data', () => socket.destroy());
    });
  };
  await using gateway = await startGateway({ upstreams: [onceThenBreak, answering(ok)] });
  using client = await RawClient.connect(gateway.port);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
  for (const [text, status] of [
    [request, 200],
    [request, 200],
    [request, 200],
    [post, 502],
  ] as const) {
    await client.send(text);
    expect((await client.response()).status).toBe(status);
  }
  expect(gateway.outcomes).toMatchObject([
    { status: 200 },
    { fault: 'stale' },
    { status: 200 },
    { status: 200 },
    { fault: 'reset' },
  ]);
});

test.each([
  ['before its head', ''],
  ['in its head', 'HTTP/1.1 200 O'],
  ['after an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['before its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
  ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'],
  ['in its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
])('an upstream that hangs %s times out, which is its fault', async (_what, answer) => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.write(answer))],
    limits: { originTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await until(() => gateway.outcomes.length > 0, { what: 'the time limit' });
  expect(gateway.outcomes).toMatchObject([{ kind: 'upstream-fault', fault: 'timeout' }]);
});

test('an upstream that does not read an upload times out, which is its fault', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => void socket.pause()],
    limits: { originTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
  await client.send(Buffer.alloc(50_000_000));
  await until(() => gateway.outcomes.length > 0, { what: 'the time limit' });
  expect(gateway.outcomes).toMatchObject([{ kind: 'upstream-fault', fault: 'timeout' }]);
});

test('the proxy answers 504 without a retry if the upstream is silent for too long', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}, answering(ok)],
    limits: { originTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('The member did not answer in time.');
  expect(client.text).toMatch(/^HTTP\/1\.1 504 /);
  expect(gateway.outcomes).toMatchObject([{ fault: 'timeout' }]);
});

test.each([
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  [
    'both framings',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['differing lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
  ['a status out of range', 'HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'],
  ['NUL in a value', 'HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n'],
])(
  'the proxy answers 502 to a response with %s and does not reuse its connection',
  async (_what, response) => {
    const broken = (socket: Parameters<ReturnType<typeof answering>>[0]) =>
      void socket.once('data', () => socket.write(response, 'latin1'));
    await using gateway = await startGateway({ upstreams: [broken] });
    expect(await roundTrip(gateway.port, request)).toMatch(/^HTTP\/1\.1 502 /);
    expect(await roundTrip(gateway.port, request)).toMatch(/^HTTP\/1\.1 502 /);
    expect(gateway.upstreams[0]?.received).toHaveLength(2);
    expect(gateway.outcomes).toMatchObject([{ fault: 'malformed' }, { fault: 'malformed' }]);
  },
);
