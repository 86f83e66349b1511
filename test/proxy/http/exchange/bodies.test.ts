import { expect, test } from 'vitest';
import { ok, startGateway } from '../support/gateway.ts';
import { partsOf, RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { answered, bodyOf, dechunked, deliveries, fieldsOf, request } from '../support/messages.ts';

const large = 'x'.repeat(300_000);

test.each(deliveries.slice(0, 2))(
  'a chunked upload delivered %j arrives complete, without extensions and trailers',
  async (delivery) => {
    await using gateway = await startGateway({ upstreams: [() => {}] });
    using client = await RawClient.connect(gateway.port);
    await client.send(
      ...partsOf(
        'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n',
        delivery,
      ),
    );
    const upstream = gateway.upstreams[0];
    await until(() => upstream?.received[0]?.endsWith('0\r\n\r\n'), {
      what: 'the body to arrive',
    });
    const chunks = bodyOf(upstream?.received[0] ?? '');
    expect(chunks).not.toContain('ext');
    expect(chunks).not.toContain('X-T');
    expect(dechunked(chunks)).toBe('hello world');
  },
);

test.each([
  ['with a length', `HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n${large}`],
  [
    'in chunks',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
  ],
  ['until the connection closes', `HTTP/1.1 200 OK\r\n\r\n${large}`],
])('a large response %s arrives complete', async (_how, response) => {
  const answer = await answered(response);
  const body = bodyOf(answer);
  const plain = fieldsOf(answer).has('transfer-encoding') ? dechunked(body) : body;
  expect(plain).toBe(large);
});

test('RFC 9112 6.3: an HTTP/1.0 client gets a body of unknown length that ends with the connection', async () => {
  const answer = await answered(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
  );
  expect(fieldsOf(answer).has('transfer-encoding')).toBe(false);
  expect(bodyOf(answer)).toBe('abc');
});

test.each([
  [
    'a response to HEAD',
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    '5',
  ],
  ['a 304', request, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '5'],
  ['a 204', request, 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', undefined],
])(
  'RFC 9112 6.3: %s has no body, and the next response on the connection is intact',
  async (_what, first, response, length) => {
    let answers = 0;
    await using gateway = await startGateway({
      upstreams: [
        (socket) => socket.on('data', () => socket.write(answers++ === 0 ? response : ok)),
      ],
    });
    using client = await RawClient.connect(gateway.port);
    await client.send(first);
    await client.untilText('\r\n\r\n');
    expect(fieldsOf(client.text).get('content-length')?.[0]).toBe(length);
    expect(bodyOf(client.text)).toBe('');
    client.clear();
    await client.send(request);
    await client.untilText('\r\n\r\nok');
  },
);

test('the proxy refuses an upload above the limit with 413', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}], limits: { bodyBytes: 10 } });
  using client = await RawClient.connect(gateway.port);
  await client.send(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n',
  );
  await client.untilText('\r\n\r\n');
  expect(client.text).toMatch(/^HTTP\/1\.1 413 /);
  expect(gateway.refusals).toEqual(['body-too-large']);
});
