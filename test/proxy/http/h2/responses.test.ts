import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { answerOn, H2Client, type H2Answer } from './support/h2-client.ts';

/** Lets a member answer a request with raw bytes, and close then. @returns what the client gets. */
async function answered(response: string, method = 'GET'): Promise<H2Answer> {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.end(response, 'latin1'))],
    http2: true,
    responseFields: ['Set-Cookie', 'added=1'],
  });
  using client = await H2Client.connect(gateway.port);
  return await client.ask({ ':method': method });
}

test('a response has the fields of the member, in lower case, without those of its connection', async () => {
  const { headers, body } = await answered(
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: J\u00fcrgen\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n' +
      'Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nTrailer: x-sum\r\nUpgrade: h2c\r\n' +
      'HTTP2-Settings: AAMAAABk\r\nTE: trailers\r\nPerch-Outcome: failure\r\n' +
      'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nETag: "x"\r\nETag: "y"\r\n\r\nok',
  );
  expect(body).toBe('ok');
  expect(Object.keys(headers).toSorted()).toEqual(
    [':status', 'content-length', 'date', 'etag', 'set-cookie', 'via', 'x-name'].toSorted(),
  );
  expect(headers).toMatchObject({
    'set-cookie': ['a=1', 'b=2', 'added=1'],
    via: '1.1 perch',
    'x-name': 'J\u00fcrgen',
  });
});

const whole: readonly (readonly [string, string, string, string])[] = [
  ['a body with a length', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  [
    'a body in chunks, whose trailers are dropped',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n',
    'hello',
  ],
  ['a body up to the end of the connection', 'GET', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hello'],
  ['no body after HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', ''],
  ['no body with 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['no body with 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', ''],
  ['no body with 205', 'GET', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', ''],
  ['a body with 205', 'GET', 'HTTP/1.1 205 X\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['a body with 404', 'GET', 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno', 'no'],
  ['an answer without a reason', 'GET', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', ''],
];

test.for(whole)('%s is sent on as a whole response', async ([, method, response, expected]) => {
  const { status, body, code, headers } = await answered(response, method);
  expect([status, body, code]).toEqual([Number(response.slice(9, 12)), expected, 0]);
  expect(headers['transfer-encoding']).toBeUndefined();
});

test('the length of a body that is not sent stays', async () => {
  const head = await answered('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD');
  expect(head.headers['content-length']).toBe('5');
});

test('interim responses are sent on, each with all of its fields', async () => {
  const { interim, status } = await answered(
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </b.css>\r\nConnection: close\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  );
  expect(interim).toMatchObject([{ ':status': 103, link: '</a.css>, </b.css>' }]);
  expect(interim[0]?.['connection']).toBeUndefined();
  expect(status).toBe(200);
});

const broken: readonly (readonly [string, string])[] = [
  ['a declared length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
];

test.for(broken)('a response that breaks off in %s never ends cleanly', async ([, response]) => {
  const { code } = await answered(response);
  expect(code).toBe(0x2);
});

test('a response that breaks off after a part was read is reset, with that part', async () => {
  let breakOff = () => {};
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        breakOff = () => socket.destroy();
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'));
      },
    ],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open();
  stream.once('data', () => breakOff());
  const { body, code } = await answerOn(stream);
  expect([body, code]).toEqual(['part', 0x2]);
  expect(gateway.refusals).toEqual(['origin-reset']);
  expect(gateway.outcomes).toMatchObject([{ kind: 'upstream-fault', fault: 'reset' }]);
});

const refused: readonly (readonly [string, number, string])[] = [
  ['no HTTP', 502, 'nonsense\r\n\r\n'],
  [
    'a switch that nobody asked for',
    502,
    'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  ],
  ['two lengths', 502, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
  [
    'a malformed chunk',
    502,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n',
  ],
  ['no answer at all', 502, ''],
];

test.for(refused)('%s of a member is answered with %i', async ([, status, response]) => {
  expect((await answered(response, 'POST')).status).toBe(status);
});

test('a silent member is answered with 504, and one that begins is cut off', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket, index) => {
        const part = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart';
        if (index === 1) socket.once('data', () => socket.write(part));
      },
    ],
    http2: true,
    limits: { originTimeoutMs: 200 },
  });
  using client = await H2Client.connect(gateway.port);
  expect((await client.ask()).status).toBe(504);
  expect((await client.ask()).code).toBe(0x2);
  expect(gateway.refusals).toEqual(['origin-silent', 'origin-silent']);
});

test('a failed GET is sent to another member', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) => socket.once('data', () => socket.destroy()),
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nother')),
    ],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  expect(await client.ask()).toMatchObject({ status: 200, body: 'other' });
  await until(() => gateway.open === 0);
});
