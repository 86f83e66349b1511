import { expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const head = (...lines: string[]) => ['POST / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');

test.each([
  [
    'Content-Length before Transfer-Encoding (CL.TE)',
    head('Content-Length: 6', 'Transfer-Encoding: chunked') + `0\r\n\r\n${smuggled}`,
  ],
  [
    'Transfer-Encoding before Content-Length (TE.CL)',
    head('Transfer-Encoding: chunked', 'Content-Length: 3') + `1\r\na\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'a second, unknown Transfer-Encoding (TE.TE)',
    head('Transfer-Encoding: chunked', 'Transfer-Encoding: x') + `0\r\n\r\n${smuggled}`,
  ],
  [
    'a space after Transfer-Encoding (TE.0)',
    head('Transfer-Encoding : chunked') + `0\r\n\r\n${smuggled}`,
  ],
  ['two lengths', head('Content-Length: 0', 'Content-Length: 5') + `hello${smuggled}`],
  ['a signed length', head('Content-Length: +0') + smuggled],
  ['a hexadecimal length', head('Content-Length: 0x0') + smuggled],
  ['a chunk size with 0x', head('Transfer-Encoding: chunked') + `0x0\r\n\r\n${smuggled}`],
  [
    'a chunk size that wraps',
    head('Transfer-Encoding: chunked') + `10000000000000000\r\n${smuggled}`,
  ],
  [
    'a bare LF in a chunk extension',
    head('Transfer-Encoding: chunked') + `0;\n\r\n\r\n${smuggled}`,
  ],
  ['a bare CR for the end of a head', `GET / HTTP/1.1\r\nHost: a\r\r${smuggled}`],
  ['a NUL in the head', head('A: \0') + smuggled],
  ['the version HTTP/0.9', `GET /\r\n${smuggled}`],
  ['a host that is none', `GET / HTTP/1.1\r\nHost: a@b\r\n\r\n${smuggled}`],
])('the proxy forwards nothing that follows a request with %s', async (_, request) => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  await everyWay(request, async (parts) => {
    using client = await RawClient.connect(forwarder.port);
    await client.send(...parts);
    expect((await client.response()).status).toBeGreaterThanOrEqual(400);
    await client.untilEnd();
    expect(client.text).toBe('');
  });
  expect(upstream.requests).toEqual([]);
  expect(upstream.errors).toEqual([]);
});

test('RFC 9112 9.3.2: the proxy answers the requests before a refused one, in order, and none after it', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  await everyWay(
    `GET /first HTTP/1.1\r\nHost: a\r\n\r\n${head('A\0: b')}${smuggled}`,
    async (parts) => {
      using client = await RawClient.connect(forwarder.port);
      await client.send(...parts);
      expect((await client.response()).status).toBe(200);
      expect((await client.response()).status).toBe(400);
      await client.untilEnd();
      expect(client.text).toBe('');
    },
  );
  const lines = new Set(upstream.requests.map(({ startLine }) => startLine));
  expect(lines).toEqual(new Set(['GET /first HTTP/1.1']));
});

test('the second response of an upstream that answers a request twice reaches no client', async () => {
  let connections = 0;
  await using upstream = await RawUpstream.start(({ startLine }, { socket, requests }) => {
    if (requests.length === 1) connections += 1;
    const answer = (text: string) =>
      `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
    const [, target = ''] = startLine.split(' ');
    socket.write(answer(target) + (target === '/1' ? answer('stolen') : ''));
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(['/1', '/2'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  expect((await client.response()).body.toString()).toBe('/1');
  expect((await client.response()).body.toString()).toBe('/2');
  expect(connections).toBe(2);
});

const length = 100_000_000;
const upload = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

/** Starts an upstream that answers as soon as the head has come. */
async function startUpstream(): Promise<RawUpstream> {
  const upstream = await RawUpstream.start();
  upstream.onData = ({ socket }) => {
    upstream.onData = () => {};
    socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  };
  return upstream;
}

test('RFC 9112 9.6: the proxy discards the rest of an answered upload up to a limit, then cuts the connection', async () => {
  await using upstream = await startUpstream();
  await using forwarder = await Forwarder.start({
    upstreams: [upstream.port],
    limits: { lingerBytes: 1_000_000, lingerTimeoutMs: 3_600_000 },
  });
  using client = await RawClient.connect(forwarder.port);
  await client.send(upload);
  const answer = await client.response();
  expect(answer.status).toBe(403);
  expect(answer.fields).toContainEqual(['Connection', 'close']);
  const part = Buffer.alloc(65_536);
  const feed = () => {
    while (!client.hasClosed && client.socket.write(part));
  };
  client.socket.on('drain', feed);
  feed();
  await until(() => client.hasClosed, { what: 'the connection to be cut' });
  expect(client.socket.bytesWritten).toBeLessThan(length);
  expect(upstream.requests).toEqual([]);
});

test('RFC 9112 9.6: the proxy waits for the rest of an answered upload only for a time', async () => {
  await using upstream = await startUpstream();
  await using forwarder = await Forwarder.start({
    upstreams: [upstream.port],
    limits: { lingerTimeoutMs: 100 },
  });
  using client = await RawClient.connect(forwarder.port);
  await client.send(upload);
  expect((await client.response()).status).toBe(403);
  await until(() => forwarder.server.stats.connections === 0, { what: 'the connection to go' });
});
