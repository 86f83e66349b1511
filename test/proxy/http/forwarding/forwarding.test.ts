import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { answering, ok, startGateway } from '../../../support/gateway.ts';
import { RawClient, roundTrip, type Delivery } from '../../../support/raw-client.ts';
import { until } from '../../../support/until.ts';

const request = 'GET /path?q=1 HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n';

const lastRequest = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** The fields of a message by lower-case name; all lines of one name as a list. */
function fieldsOf(message: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of (message.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1)) {
    const [name = '', ...value] = line.split(': ');
    const key = name.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), value.join(': ')]);
  }
  return fields;
}

function bodyOf(message: string): string {
  return message.slice(message.indexOf('\r\n\r\n') + 4);
}

/** The payload of a chunked body without extensions. */
function dechunked(body: string): string {
  const lineEnd = body.indexOf('\r\n');
  const size = Number.parseInt(body.slice(0, lineEnd), 16);
  if (!(size > 0)) return '';
  const data = body.slice(lineEnd + 2, lineEnd + 2 + size);
  return data + dechunked(body.slice(lineEnd + 2 + size + 2));
}

/** What the origin gets of `sent`, when it answers 200. */
async function forwarded(
  sent: string,
  options: { trustedProxies?: string[]; privateRequestFields?: string[] } = {},
) {
  await using gateway = await startGateway({ upstreams: [answering(ok)], ...options });
  await roundTrip(gateway.port, sent);
  return gateway.upstreams[0]?.received[0] ?? '';
}

/** What the client gets when the origin answers `response` and then closes. */
async function answered(response: string, sent = request): Promise<string> {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.end(response, 'latin1'))],
  });
  return await roundTrip(gateway.port, sent);
}

const deliveries: Delivery[] = ['whole', 'byte by byte', { splitAt: 20 }];

test.each(deliveries)(
  'a request delivered %j reaches the origin once, and its answer the client',
  async (delivery) => {
    await using gateway = await startGateway({
      upstreams: [answering(ok)],
      responseFields: ['X-Added', 'yes'],
    });
    const answer = await roundTrip(gateway.port, request, delivery);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(bodyOf(answer)).toBe('ok');
    expect(fieldsOf(answer).get('x-added')).toEqual(['yes']);
    expect(gateway.upstreams[0]?.received).toHaveLength(1);
    expect(gateway.upstreams[0]?.received[0]).toMatch(
      /^GET \/path\?q=1 HTTP\/1\.1\r\nHost: shop\.example\r\nAccept: \*\/\*\r\n/,
    );
    expect(gateway.outcomes).toMatchObject([{ kind: 'answered', status: 200 }]);
    expect(gateway.open).toBe(0);
  },
);

describe('the fields of a request', () => {
  test('RFC 9110 7.6.1: what Connection nominates and what is hop-by-hop does not go on', async () => {
    const fields = fieldsOf(
      await forwarded(
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n' +
          'Proxy-Connection: keep-alive\r\nTE: gzip\r\nTrailer: X-T\r\nUpgrade: h2c\r\nX-Other: 2\r\n\r\n',
      ),
    );
    for (const name of [
      'connection',
      'x-mine',
      'keep-alive',
      'proxy-connection',
      'te',
      'trailer',
      'upgrade',
    ]) {
      expect(fields.has(name)).toBe(false);
    }
    expect(fields.get('x-other')).toEqual(['2']);
  });

  test('RFC 9110 7.6.3: Via names the proxy behind those before it', async () => {
    const fields = fieldsOf(await forwarded('GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 first\r\n\r\n'));
    expect(fields.get('via')).toEqual(['1.0 first', '1.1 perch']);
  });

  test('RFC 7239: what an unknown peer claims of the client is overwritten', async () => {
    const fields = fieldsOf(
      await forwarded(
        'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n' +
          'X-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\n\r\n',
      ),
    );
    expect(fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(fields.get('x-forwarded-proto')).toEqual(['http']);
    expect(fields.get('x-forwarded-host')).toEqual(['a']);
    expect(fields.get('forwarded')).toEqual(['for=127.0.0.1;host="a";proto=http']);
  });

  test('RFC 7239: a trusted proxy is believed, and its address added', async () => {
    const fields = fieldsOf(
      await forwarded(
        'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n',
        { trustedProxies: ['127.0.0.0/8'] },
      ),
    );
    expect(fields.get('x-forwarded-for')).toEqual(['6.6.6.6, 127.0.0.1']);
    expect(fields.get('x-forwarded-proto')).toEqual(['https']);
  });

  test('RFC 9112 3.2.2: the authority of an absolute-form target is the Host', async () => {
    const sent = await forwarded('GET http://real.example/p HTTP/1.1\r\nHost: other\r\n\r\n');
    expect(sent).toMatch(/^GET \/p HTTP\/1\.1\r\n/);
    expect(fieldsOf(sent).get('host')).toEqual(['real.example']);
  });

  test('fields that the handler keeps for itself do not go on, however they are spelt', async () => {
    const fields = fieldsOf(
      await forwarded('GET / HTTP/1.1\r\nHost: a\r\nX-Perch-Token: secret\r\n\r\n', {
        privateRequestFields: ['x-perch-token'],
      }),
    );
    expect(fields.has('x-perch-token')).toBe(false);
  });

  test('RFC 9112 6: equal Content-Lengths become one, and the framing is written anew', async () => {
    const sent = await forwarded('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 03, 3\r\n\r\nabc');
    expect(fieldsOf(sent).get('content-length')).toEqual(['3']);
    expect(bodyOf(sent)).toBe('abc');
  });
});

describe('bodies', () => {
  const large = 'x'.repeat(300_000);

  test.each(deliveries.slice(0, 2))(
    'a chunked upload delivered %j arrives whole, without extensions and trailers',
    async (delivery) => {
      await using gateway = await startGateway({ upstreams: [() => {}] });
      using client = await RawClient.connect(gateway.port);
      await client.send(
        'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n',
        delivery,
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
  ])('a large response %s arrives whole', async (_how, response) => {
    const answer = await answered(response);
    const body = bodyOf(answer);
    const plain = fieldsOf(answer).has('transfer-encoding') ? dechunked(body) : body;
    expect(plain).toBe(large);
  });

  test('RFC 9112 6.3: a body of unknown length goes to an HTTP/1.0 client until the connection closes', async () => {
    const answer = await answered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    );
    expect(fieldsOf(answer).has('transfer-encoding')).toBe(false);
    expect(bodyOf(answer)).toBe('abc');
  });

  test.each([
    [
      'HEAD',
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      '5',
    ],
    ['304', request, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '5'],
    ['204', request, 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', undefined],
  ])(
    'RFC 9112 6.3: %s has no body, and the next answer on the connection is right',
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
      client.text = '';
      await client.send(request);
      await client.untilText('\r\n\r\nok');
    },
  );

  test('an upload larger than the limit is refused with 413', async () => {
    await using gateway = await startGateway({ upstreams: [() => {}], limits: { bodyBytes: 10 } });
    using client = await RawClient.connect(gateway.port);
    await client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n',
    );
    await client.untilText('\r\n\r\n');
    expect(gateway.refusals.concat(client.text.includes(' 413 ') ? [] : [])).toContain(
      'body-too-large',
    );
  });
});

describe('interim responses', () => {
  const expecting =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n';

  test('RFC 9110 10.1.1: 100-continue goes to the origin, its 100 to the client, then the body', async () => {
    await using gateway = await startGateway({
      upstreams: [
        (socket) => {
          socket.once('data', () => {
            socket.write('HTTP/1.1 100 Continue\r\n\r\n');
            socket.once('data', () => socket.write(ok));
          });
        },
      ],
    });
    using client = await RawClient.connect(gateway.port);
    await client.send(expecting);
    await client.untilText('HTTP/1.1 100 Continue\r\n');
    await client.send('body');
    await client.untilText('\r\n\r\nok');
    expect(bodyOf(gateway.upstreams[0]?.received[0] ?? '')).toBe('body');
  });

  test('RFC 9110 10.1.1: a final answer instead of 100 ends the upload and the connection', async () => {
    await using gateway = await startGateway({
      upstreams: [answering('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')],
    });
    using client = await RawClient.connect(gateway.port);
    await client.send(expecting);
    const answer = await client.untilEnd();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(fieldsOf(answer).get('connection')).toEqual(['close']);
  });

  test('RFC 8297: 103 is relayed before the final answer', async () => {
    const answer = await answered(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}`);
    expect(answer).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n[^]*HTTP\/1\.1 200 OK/,
    );
  });

  test('RFC 9110 15.2: an HTTP/1.0 client gets no 1xx', async () => {
    const answer = await answered(
      `HTTP/1.1 103 Early Hints\r\n\r\n${ok}`,
      'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  test('RFC 9110 7.8: a 101 that nobody asked for is a broken answer', async () => {
    const answer = await answered(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  });
});

describe('connections', () => {
  test('RFC 9112 9.3: many requests use one connection to the client and one to the origin', async () => {
    await using gateway = await startGateway({ upstreams: [answering(ok)] });
    using client = await RawClient.connect(gateway.port);
    for (let sent = 0; sent < 20; sent += 1) {
      client.text = '';
      await client.send(request);
      await client.untilText('\r\n\r\nok');
    }
    expect(gateway.upstreams[0]?.received).toHaveLength(1);
  });

  test('as many connections to the origin are kept as were needed at once', async () => {
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

  test('RFC 9112 9.6: Connection: close is kept', async () => {
    const answer = await answered(ok, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(fieldsOf(answer).get('connection')).toEqual(['close']);
  });

  test('a client that half-closes after its request still gets its answer', async () => {
    await using gateway = await startGateway({
      upstreams: [(socket) => socket.once('data', () => setTimeout(() => socket.write(ok), 50))],
    });
    expect(bodyOf(await roundTrip(gateway.port, request))).toBe('ok');
  });

  test('a client that goes away has its request cancelled, and nothing counts against the origin', async () => {
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
    expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
    expect(gateway.open).toBe(0);
  });

  test('bytes that an idle origin sends unasked cost it the connection', async () => {
    await using gateway = await startGateway({ upstreams: [answering(ok)] });
    using client = await RawClient.connect(gateway.port);
    await client.send(request);
    await client.untilText('\r\n\r\nok');
    gateway.upstreams[0]?.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale');
    await until(
      () =>
        gateway.upstreams[0]?.sockets[0]?.readableEnded ||
        gateway.upstreams[0]?.sockets[0]?.destroyed,
      { what: 'the origin to lose it' },
    );
    client.text = '';
    await client.send(request);
    await client.untilText('\r\n\r\nok');
    expect(gateway.upstreams[0]?.received).toHaveLength(2);
  });
});

describe('an origin that fails', () => {
  test('before its head: another one is tried once, and the fault is told', async () => {
    await using gateway = await startGateway({
      upstreams: [(socket) => socket.once('data', () => socket.destroy()), answering(ok)],
    });
    expect(bodyOf(await roundTrip(gateway.port, request))).toBe('ok');
    expect(gateway.outcomes).toMatchObject([
      { kind: 'upstream-fault', fault: 'reset' },
      { kind: 'answered', status: 200 },
    ]);
  });

  test('RFC 9110 9.2.2: what is not idempotent is not sent twice', async () => {
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

  test('what was never written may be sent elsewhere, a POST too', async () => {
    await using gateway = await startGateway({ upstreams: [() => {}, answering(ok)] });
    gateway.upstreams[0]?.close();
    const answer = await roundTrip(
      gateway.port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    );
    expect(bodyOf(answer)).toBe('ok');
    expect(gateway.outcomes).toMatchObject([{ fault: 'connect' }, { status: 200 }]);
  });

  test('after its head: the client is cut off, so that half a body is never taken for a whole one', async () => {
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
    expect(client.wasReset).toBe(true);
    expect(gateway.outcomes).toMatchObject([{ kind: 'upstream-fault', fault: 'reset' }]);
    expect(gateway.refusals).toEqual(['origin-reset']);
  });

  test('that is silent gets 504 after its time, without a second try', async () => {
    await using gateway = await startGateway({
      upstreams: [() => {}, answering(ok)],
      limits: { originTimeoutMs: 100 },
    });
    using client = await RawClient.connect(gateway.port);
    await client.send(request);
    await client.untilText('The upstream did not answer in time.');
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
    'and answers with %s gets 502, and its connection is not used again',
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
});

test('without an origin the answer is 503 with Retry-After, and the connection goes on', async () => {
  await using gateway = await startGateway({ upstreams: [] });
  using client = await RawClient.connect(gateway.port);
  for (let sent = 0; sent < 2; sent += 1) {
    client.text = '';
    await client.send(request);
    await client.untilText('\r\n\r\n');
    expect(client.text).toMatch(/^HTTP\/1\.1 503 /);
    expect(fieldsOf(client.text).get('retry-after')).toEqual(['7']);
  }
});
