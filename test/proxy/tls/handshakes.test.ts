import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { answering, ok } from '../http/support/gateway.ts';
import { startTlsGateway } from './support/tls-gateway.ts';

const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a request over %s is answered, and the member learns of https',
  async (version) => {
    await using secure = await startTlsGateway();
    const options = { servername: 'a.test', minVersion: version, maxVersion: version };
    using client = await RawClient.connectSecurely(secure.port, options);
    await client.send(request);
    expect((await client.response()).body.toString()).toBe('ok');
    await client.send(request);
    expect((await client.response()).status).toBe(200);
    const [received = ''] = secure.gateway.upstreams[0]?.received ?? [];
    expect(received).toContain('X-Forwarded-Proto: https\r\n');
    expect(received).toContain('Forwarded: for=127.0.0.1;proto=https;host="a.test"\r\n');
    expect(secure.handshakes).toEqual(['full']);
  },
);

test('a connection is closed after its last response, before its client closes it', async () => {
  const hour = 3_600_000;
  await using secure = await startTlsGateway({
    limits: { lingerTimeoutMs: hour, clientStallTimeoutMs: hour },
  });
  // The client keeps its own side open.
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
  expect(await client.untilEnd()).toMatch(/Connection: close[^]*ok$/);
  await until(() => secure.gateway.server.stats.connections === 0, { what: 'the end' });
});

test('a large upload and a large download pass unharmed', async () => {
  const size = 3_000_000;
  const body = randomBytes(size);
  const echo = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  await using secure = await startTlsGateway({
    upstreams: [
      (socket) => {
        const parts: Buffer[] = [];
        let length = 0;
        socket.on('data', (bytes) => {
          parts.push(bytes);
          length += bytes.length;
          const received = length < size ? Buffer.alloc(0) : Buffer.concat(parts);
          const start = received.indexOf('\r\n\r\n') + 4;
          if (received.length - start !== size) return;
          socket.write(echo);
          socket.write(received.subarray(start));
        });
      },
    ],
  });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`, body);
  const answer = await client.response();
  expect(answer.body.equals(body)).toBe(true);
});

test('chunks for a client that reads slowly pass unharmed', async () => {
  const body = randomBytes(12_000_000);
  const chunk = (start: number) => {
    const part = body.subarray(start, start + 20_000);
    return Buffer.concat([
      Buffer.from(`${part.length.toString(16)}\r\n`),
      part,
      Buffer.from('\r\n'),
    ]);
  };
  await using secure = await startTlsGateway({
    upstreams: [
      (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
          for (let start = 0; start < body.length; start += 20_000) socket.write(chunk(start));
          socket.write('0\r\n\r\n');
        }),
    ],
  });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send(request);
  await client.untilText('HTTP/1.1 200');
  client.socket.pause();
  await until(() => (secure.gateway.upstreams[0]?.sockets[0]?.writableLength ?? 0) > 0, {
    what: 'the proxy to stop reading',
  });
  client.socket.resume();
  expect((await client.response()).body.equals(body)).toBe(true);
});

test('an address in place of a name gets the first certificate', async () => {
  await using secure = await startTlsGateway();
  expect(secure.certificates.contextFor('127.0.0.1')).toBe(
    secure.certificates.contextFor('a.test'),
  );
});

test('a name that no certificate covers ends the handshake with unrecognized_name', async () => {
  await using secure = await startTlsGateway();
  const error = await handshakeError(secure.port, { servername: 'b.test' });
  expect(error.message).toContain('unrecognized name');
  await until(() => secure.handshakes.length > 0, { what: 'the handshake to fail' });
  expect(secure.handshakes).toEqual(['unknown-name']);
});

test('a wildcard covers one label, and a client without a name gets the first certificate', async () => {
  await using secure = await startTlsGateway();
  using wildcard = await RawClient.connectSecurely(secure.port, { servername: 'x.w.test' });
  using nameless = await RawClient.connectSecurely(secure.port);
  for (const { socket } of [wildcard, nameless]) {
    expect((socket as TLSSocket).getPeerCertificate().subject.CN).toBe('a.test');
  }
  await expect(handshakeError(secure.port, { servername: 'y.x.w.test' })).resolves.toBeDefined();
});

test('certificates are replaced for new connections while old ones go on', async () => {
  await using secure = await startTlsGateway();
  using old = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  const renewed = testCertificate({ hosts: ['a.test', 'b.test'], keyType: 'rsa' });
  secure.certificates.replace([renewed]);
  await old.send(request);
  expect((await old.response()).status).toBe(200);
  using fresh = await RawClient.connectSecurely(secure.port, { servername: 'b.test' });
  const presented = (fresh.socket as TLSSocket).getPeerX509Certificate();
  expect(presented?.toString()).toBe(renewed.certificatePem);
});

test.each([
  ['version', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }],
  ['no-shared-cipher', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }],
  ['no-shared-protocol', { ALPNProtocols: ['foo'] }],
] as const)('a failed handshake counts as %s', async (fault, options) => {
  await using secure = await startTlsGateway();
  await handshakeError(secure.port, { servername: 'a.test', ...options });
  await until(() => secure.handshakes.length > 0, { what: 'the handshake to fail' });
  expect(secure.handshakes).toEqual([fault]);
});

test.each(['', '\x16\x03\x01'])(
  'a handshake that does not end in time is closed',
  async (bytes) => {
    await using secure = await startTlsGateway({ limits: { handshakeTimeoutMs: 100 } });
    using client = await RawClient.connect(secure.port);
    await client.send(bytes);
    await client.untilEnd();
    await until(() => secure.handshakes.length > 0, { what: 'the handshake to be given up' });
    expect(secure.handshakes).toEqual(['timeout']);
    expect(secure.gateway.server.stats.connections).toBe(0);
  },
);

test('handshakes count as connections of their address and in all', async () => {
  await using secure = await startTlsGateway({ limits: { connectionsPerAddress: 2 } });
  using begun = await RawClient.connect(secure.port);
  await begun.send('\x16\x03\x01');
  using other = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await turnedAway(secure.port);
  expect(secure.gateway.refusals).toEqual(['connections-of-address']);
  expect(secure.gateway.server.stats.connections).toBe(2);
  expect(other.hasClosed).toBe(false);
});

test('a connection that sends nothing makes room for one that does', async () => {
  await using secure = await startTlsGateway({ limits: { connections: 1 } });
  using silent = await RawClient.connect(secure.port);
  await until(() => secure.gateway.server.stats.connections === 1, { what: 'the connection' });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send(request);
  expect((await client.response()).status).toBe(200);
  expect((await silent.untilEnd()) + silent.text).toBe('');
});

test('a begun handshake makes no room', async () => {
  await using secure = await startTlsGateway({ limits: { connections: 1 } });
  using begun = await RawClient.connect(secure.port);
  await begun.send(await clientHello());
  await until(() => begun.received.length > 0, { what: 'the answer to its first message' });
  await turnedAway(secure.port);
  expect(begun.hasEnded).toBe(false);
});

test('a kept connection without a request makes room', async () => {
  await using secure = await startTlsGateway({ limits: { connections: 1 } });
  using kept = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await until(() => secure.handshakes.length === 1, { what: 'the end of its handshake' });
  using next = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await next.send(request);
  expect((await next.response()).status).toBe(200);
  await kept.untilEnd();
});

test('a drain ends with the requests on TLS, and closes silent handshakes', async () => {
  let answer = () => {};
  await using secure = await startTlsGateway({
    limits: { drainIdleMs: 50 },
    upstreams: [(socket) => socket.once('data', () => (answer = () => socket.write(ok)))],
  });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  using silent = await RawClient.connect(secure.port);
  await client.send(request);
  await until(() => secure.gateway.upstreams[0]?.received[0], { what: 'the request' });
  const drained = secure.gateway.server.drain(10_000);
  await silent.untilEnd();
  answer();
  expect(await client.untilEnd()).toMatch(/Connection: close[^]*ok$/);
  client.halfClose();
  await drained;
});

test('a response that is cut off does not look complete', async () => {
  await using secure = await startTlsGateway({
    upstreams: [
      (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => socket.destroy());
        }),
    ],
  });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send(request);
  await until(() => client.hasClosed, { what: 'the end' });
  expect(client.error?.code).toBe('ECONNRESET');
});

test('a client that renegotiates gets no second handshake', async () => {
  await using secure = await startTlsGateway({ upstreams: [answering(ok)] });
  const options = { servername: 'a.test', maxVersion: 'TLSv1.2' as const };
  using client = await RawClient.connectSecurely(secure.port, options);
  const { promise, resolve } = Promise.withResolvers<Error | null>();
  (client.socket as TLSSocket).renegotiate({ rejectUnauthorized: false }, resolve);
  client.socket.on('error', resolve);
  expect(await promise).toMatchObject({ code: expect.stringContaining('NO_RENEGOTIATION') });
});

/** First message of a client. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ ...(server.address() as AddressInfo), servername: 'a.test' });
  client.on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(accepted, 'data')) as [Buffer];
  client.destroy();
  accepted.destroy();
  server.close();
  return hello;
}

/** Waits until a new connection is closed before its handshake. */
async function turnedAway(port: number): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  await until(() => socket.closed, { what: 'the connection to be closed' });
}

async function handshakeError(port: number, options: ConnectionOptions): Promise<Error> {
  const trust = { host: '127.0.0.1', rejectUnauthorized: false };
  const socket = connect({ port, ...trust, ...options });
  try {
    await once(socket, 'secureConnect');
    await once(socket, 'close');
  } catch (error) {
    return error as Error;
  } finally {
    socket.destroy();
  }
  throw new Error('the handshake did not fail');
}
