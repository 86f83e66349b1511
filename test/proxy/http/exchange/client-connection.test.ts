import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { RawClient, roundTrip } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { answered, bodyOf, deliveries, fieldsOf, request } from '../support/messages.ts';

const lastRequest = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test('RFC 9112 9.3: many requests use one connection to the client and one to the upstream', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)] });
  using client = await RawClient.connect(gateway.port);
  for (let sent = 0; sent < 20; sent += 1) {
    client.clear();
    await client.send(request);
    await client.untilText('\r\n\r\nok');
  }
  expect(gateway.upstreams[0]?.received).toHaveLength(1);
});

test('the proxy keeps as many connections to the upstream as were needed at once', async () => {
  const waiting: Socket[] = [];
  await using gateway = await startGateway({
    upstreams: [
      (socket) =>
        socket.on('data', () => {
          waiting.push(socket);
          if (waiting.length < 300) return;
          for (const each of waiting.splice(0)) each.write(ok);
        }),
    ],
  });
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(Array.from({ length: 300 }, () => roundTrip(gateway.port, lastRequest)));
  }
  expect(gateway.upstreams[0]?.received).toHaveLength(300);
});

test.each(deliveries)(
  'RFC 9112 9.3.2: pipelined requests delivered %j are answered in order',
  async (delivery) => {
    await using gateway = await startGateway({
      upstreams: [
        (socket) =>
          socket.on('data', (bytes) => {
            const [, path = ''] = bytes.toString('latin1').split(' ');
            setImmediate(() =>
              socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`),
            );
          }),
      ],
    });
    const requests = ['/a', '/b', '/c']
      .map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      .join('');
    const answer = await roundTrip(gateway.port, requests, delivery);
    expect([...answer.matchAll(/\r\n\r\n(\/[abc])/g)].map(([, path]) => path)).toEqual([
      '/a',
      '/b',
      '/c',
    ]);
  },
);

test('RFC 9112 9.6: the proxy honors Connection: close', async () => {
  const answer = await answered(ok, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(fieldsOf(answer).get('connection')).toEqual(['close']);
});

test('a client that half-closes after its request still gets its response', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => setTimeout(() => socket.write(ok), 50))],
  });
  expect(bodyOf(await roundTrip(gateway.port, request))).toBe('ok');
});

test('the proxy cancels the request of a client that goes away and reports no fault of the upstream', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}] });
  const client = await RawClient.connect(gateway.port);
  await client.send(request);
  await until(() => gateway.upstreams[0]?.received[0]?.endsWith('\r\n\r\n'), {
    what: 'the request to arrive',
  });
  client.socket.resetAndDestroy();
  await until(
    () =>
      gateway.upstreams[0]?.sockets[0]?.readableEnded ||
      gateway.upstreams[0]?.sockets[0]?.destroyed,
    { what: 'the cancellation' },
  );
  expect(gateway.outcomes).toMatchObject([{ kind: 'abandoned' }]);
  expect(gateway.open).toBe(0);
});

test('the proxy closes an idle upstream connection that sends bytes without a request', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)] });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  gateway.upstreams[0]?.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale');
  await until(
    () =>
      gateway.upstreams[0]?.sockets[0]?.readableEnded ||
      gateway.upstreams[0]?.sockets[0]?.destroyed,
    { what: 'the upstream to lose it' },
  );
  client.clear();
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  expect(gateway.upstreams[0]?.received).toHaveLength(2);
});
