import { expect, test } from 'vitest';
import { connect, constants } from 'node:http2';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { startTlsGateway } from '../../tls/support/tls-gateway.ts';
import { fieldsOf } from '../support/messages.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { codeOfGoaway, FrameClient, lastStreamOf } from './support/frame-client.ts';
import { ack, frame, FrameType, headers, windowUpdate } from './support/frames.ts';
import { answerOn, H2Client } from './support/h2-client.ts';

test('a client that negotiates h2 by ALPN is served by HTTP/2, every other one by HTTP/1.1', async () => {
  await using tls = await startTlsGateway({ alpn: ['h2', 'http/1.1'] });
  const session = connect(`https://a.test:${tls.port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  const { status, body, headers: answer } = await answerOn(session.request({}));
  expect([status, body, answer.via]).toEqual([200, 'ok', '1.1 perch']);
  session.destroy();
  const received = fieldsOf(tls.gateway.upstreams[0]?.received[0] ?? '');
  expect(received.get('x-forwarded-proto')).toEqual(['https']);
  expect(received.get('via')).toEqual(['2.0 perch']);
  using other = await RawClient.connectSecurely(tls.port, { servername: 'a.test' });
  await other.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  expect((await other.response()).status).toBe(200);
  await until(() => tls.gateway.server.stats.connections === 1);
});

test('a client that closes its connection under TLS abandons its request', async () => {
  await using tls = await startTlsGateway({ alpn: ['h2'], upstreams: [() => {}] });
  const session = connect(`https://a.test:${tls.port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  session.on('error', () => {});
  session.request({}).on('error', () => {});
  await until(() => tls.gateway.upstreams[0]?.received[0]);
  session.destroy();
  await until(() => tls.gateway.server.stats.connections === 0);
  expect(tls.gateway.outcomes).toMatchObject([{ kind: 'abandoned' }]);
});

test('a client that sends no preface in time is closed', async () => {
  await using gateway = await startGateway({
    upstreams: [],
    http2: true,
    limits: { headTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.untilEnd();
  expect(gateway.refusals).toEqual(['slow-head']);
});

test('a client that speaks something else is closed', async () => {
  await using gateway = await startGateway({ upstreams: [], http2: true });
  using client = await RawClient.connect(gateway.port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.untilEnd();
  expect(gateway.refusals).toEqual(['http2-protocol']);
});

test('a connection without streams is closed after a while, with a GOAWAY', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    http2: true,
    limits: { keepAliveTimeoutMs: 200, drainIdleMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1));
  await client.untilClosed();
  const goaways = client.received(FrameType.goaway);
  expect(goaways.map(codeOfGoaway)).toEqual([0, 0]);
  expect(goaways.map(lastStreamOf)).toEqual([0x7fff_ffff, 1]);
});

test('a client that does not close an ended connection is closed', async () => {
  await using gateway = await startGateway({
    upstreams: [],
    http2: true,
    limits: { keepAliveTimeoutMs: 100, drainIdleMs: 100, lingerTimeoutMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  await client.untilClosed();
  await until(() => gateway.server.stats.connections === 0);
});

test('RFC 9113 6.8: a drain serves what is on its way, names the last stream, and closes the connection after it', async () => {
  const answers: (() => void)[] = [];
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => answers.push(() => socket.write(ok)))],
    http2: true,
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1), headers(3));
  await until(() => answers.length === 2);
  const drained = gateway.server.drain(10_000);
  const first = await client.frame(FrameType.goaway);
  expect([codeOfGoaway(first), lastStreamOf(first)]).toEqual([0, 0x7fff_ffff]);
  const { payload } = await client.frame(FrameType.ping);
  // This one has crossed the GOAWAY.
  client.send(headers(5), frame(FrameType.ping, ack, 0, payload));
  await until(() => client.received(FrameType.goaway).length === 2);
  const [, second] = client.received(FrameType.goaway);
  expect(second && [codeOfGoaway(second), lastStreamOf(second)]).toEqual([0, 5]);
  // The client may send this one once more elsewhere.
  client.send(headers(7));
  await until(() => answers.length === 3);
  for (const answer of answers) answer();
  for (const stream of [1, 3, 5]) await client.frame(FrameType.data, stream);
  await client.untilClosed();
  client.raw.halfClose();
  await drained;
  expect(gateway.upstreams[0]?.received).toHaveLength(3);
});

test('a drain ends the connection of a client that answers no PING', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    http2: true,
    limits: { drainIdleMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1));
  await client.frame(FrameType.data, 1);
  const drained = gateway.server.drain(3_600_000);
  await client.untilClosed();
  expect(client.received(FrameType.goaway).map(lastStreamOf)).toEqual([0x7fff_ffff, 1]);
  client.raw.halfClose();
  await drained;
});

test('a drain closes connections without streams as soon as their clients know of it', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  const { session } = await H2Client.connect(gateway.port);
  expect((await answerOn(session.request({}))).status).toBe(200);
  await gateway.server.drain(3_600_000);
  expect(session.closed).toBe(true);
});

test('a drain in the middle of large responses leaves each of them whole', async () => {
  const size = 2_000_000;
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`;
  await using tls = await startTlsGateway({ alpn: ['h2'], upstreams: [answering(response)] });
  const session = connect(`https://a.test:${tls.port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  const streams = Array.from({ length: 4 }, () => session.request({}));
  const begun = Promise.withResolvers<void>();
  streams[0]?.once('data', () => begun.resolve());
  const answers = Promise.all(streams.map(answerOn));
  await begun.promise;
  const drained = tls.gateway.server.drain(10_000);
  expect((await answers).map(({ body, code }) => `${body.length} ${code}`)).toEqual(
    Array(4).fill(`${size} 0`),
  );
  await drained;
});

test('a drain cuts off streams that do not end in time', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}], http2: true });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open();
  await until(() => gateway.upstreams[0]?.received[0]);
  const answer = answerOn(stream);
  await gateway.server.drain(50);
  expect((await answer).code).not.toBe(0);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});

test('responses that a drain cuts off end with an error, so that none looks complete', async () => {
  const begun = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n';
  await using tls = await startTlsGateway({ alpn: ['h2'], upstreams: [answering(begun)] });
  const session = connect(`https://a.test:${tls.port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  session.on('error', () => {});
  const streams = Array.from({ length: 3 }, () => session.request({}));
  let parts = 0;
  for (const stream of streams) stream.on('error', () => {}).once('data', () => (parts += 1));
  const answers = Promise.all(streams.map(answerOn));
  await until(() => parts === streams.length);
  await tls.gateway.server.drain(50);
  expect((await answers).map(({ code }) => code)).toEqual([
    constants.NGHTTP2_INTERNAL_ERROR,
    constants.NGHTTP2_INTERNAL_ERROR,
    constants.NGHTTP2_INTERNAL_ERROR,
  ]);
});

test('a connection is ended in an orderly way after its last request', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    http2: true,
    limits: { requestsPerConnection: 2, drainIdleMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1), headers(3));
  await client.frame(FrameType.data, 1);
  await client.frame(FrameType.data, 3);
  await client.untilClosed();
  expect(client.received(FrameType.goaway).map(lastStreamOf)).toEqual([0x7fff_ffff, 3]);
});

test('a session without streams makes room for a new connection, one with a stream does not', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    http2: true,
    limits: { connections: 2 },
  });
  using busy = await FrameClient.connect(gateway.port);
  busy.send(headers(1));
  await until(() => gateway.upstreams[0]?.received[0]);
  using idle = await FrameClient.connect(gateway.port);
  await idle.frame(FrameType.settings);
  using next = await FrameClient.connect(gateway.port);
  next.send(headers(1));
  await idle.untilClosed();
  await until(() => gateway.upstreams[0]?.received.filter(Boolean).length === 2);
  expect(busy.raw.hasEnded).toBe(false);
  using refused = await RawClient.connect(gateway.port);
  await refused.untilEnd();
  expect(gateway.refusals).toEqual(['connections']);
});

test('a client that ends its connection orderly lets its streams end', async () => {
  let answer = () => {};
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => (answer = () => socket.write(ok)))],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const answered = answerOn(client.open());
  await until(() => gateway.upstreams[0]?.received[0]);
  client.session.close();
  answer();
  expect(await answered).toMatchObject({ status: 200, body: 'ok' });
});

test('RFC 9113 6.8: a client that answers no PING gets its last stream in time, however many it opens', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    http2: true,
    limits: { requestsPerConnection: 1, drainIdleMs: 200 },
  });
  using client = await FrameClient.connect(gateway.port);
  let stream = 1;
  await until(
    () => {
      client.send(headers(stream));
      stream += 2;
      return client.received(FrameType.goaway).length === 2;
    },
    { everyMs: 50 },
  );
  await client.untilClosed();
});

test('RFC 9113 6.8: the last stream that a client was told never rises', async () => {
  let answer = () => {};
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => (answer = () => socket.write(ok)))],
    http2: true,
    limits: { drainIdleMs: 100 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1));
  await until(() => gateway.upstreams[0]?.received[0]);
  const drained = gateway.server.drain(10_000);
  await until(() => client.received(FrameType.goaway).length === 2);
  client.send(headers(3), headers(5), frame(FrameType.ping, 0, 1, Buffer.alloc(8)));
  await client.untilClosed();
  expect(client.received(FrameType.goaway).map(lastStreamOf)).toEqual([0x7fff_ffff, 1, 1]);
  client.raw.halfClose();
  answer();
  await drained;
});

test('a drain closes the connections of clients that read nothing', async () => {
  const size = 20_000_000;
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`;
  await using gateway = await startGateway({ upstreams: [answering(response)], http2: true });
  using client = await FrameClient.connect(gateway.port, 0x4, size);
  client.raw.socket.pause();
  client.send(windowUpdate(0, size), headers(1));
  await until(() => gateway.upstreams[0]?.received[0]);
  // A frame that comes in part has a deadline of its own.
  client.send(headers(3).subarray(0, 5));
  await gateway.server.drain(300);
  expect(gateway.server.stats.connections).toBe(0);
  expect(gateway.refusals).toEqual([]);
});
