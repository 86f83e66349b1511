import { expect, test } from 'vitest';
import { RawClient } from '../../../support/http/raw-client.ts';
import { Forwarder } from '../support/forwarder.ts';
import { everyWay } from '../support/deliveries.ts';
import { expectRefusedHead, get, type RefusedRequest } from '../support/refused-request.ts';

const lines: RefusedRequest[] = [
  ['a bare LF after the request line (RFC 9112 2.2)', 'bare-lf', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
  ['a bare LF after a field (RFC 9112 2.2)', 'bare-lf', 'GET / HTTP/1.1\r\nHost: a\n\r\n'],
  ['a bare LF for a field line (RFC 9112 2.2)', 'bare-lf', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
  ['a bare LF within a field name (RFC 9112 2.2)', 'bare-lf', get('Ab\ncd: e')],
  ['a bare CR within a field value (RFC 9112 2.2)', 'bare-cr', get('A: b\rc')],
  ['a bare CR after the request line (RFC 9112 2.2)', 'bare-cr', 'GET / HTTP/1.1\rHost: a\r\n\r\n'],
  ['a bare CR before the end (RFC 9112 2.2)', 'bare-cr', 'GET / HTTP/1.1\r\nHost: a\r\n\rX'],
  ['two empty lines before the request (RFC 9112 2.2)', 'request-line', `\r\n\r\n${get()}`],
  ['a NUL in a field value (RFC 9110 5.5)', 'control-byte', get('A: b\0c')],
  ['another control byte in a field value (RFC 9110 5.5)', 'control-byte', get('A: b\x0bc')],
  ['a DEL in a field value (RFC 9110 5.5)', 'control-byte', get('A: b\x7f')],
  ['a folded line (RFC 9112 5.2)', 'obs-fold', get('A: b', ' c')],
  ['a folded line with a tab (RFC 9112 5.2)', 'obs-fold', get('A: b', '\tc: d')],
  [
    'white space before the first field (RFC 9112 2.2)',
    'obs-fold',
    'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  ],
  ['a space before the colon (RFC 9112 5.1)', 'field-name', get('A : b')],
  ['a tab before the colon (RFC 9112 5.1)', 'field-name', get('A\t: b')],
  ['a line without a colon (RFC 9112 5)', 'field-name', get('Abc')],
  ['an empty name (RFC 9110 5.1)', 'field-name', get(': b')],
  ['a name that is no token (RFC 9110 5.1)', 'field-name', get('A(b): c')],
  ['a name with a NUL (RFC 9110 5.1)', 'field-name', get('A\0: c')],
  ['a name with a byte above ASCII (RFC 9110 5.1)', 'field-name', get('A\xe9: c')],
];

const requestLines: RefusedRequest[] = [
  [
    'two spaces before the target (RFC 9112 3)',
    'request-line',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'two spaces after the target (RFC 9112 3)',
    'request-line',
    'GET /  HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['a space after the version (RFC 9112 3)', 'request-line', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'],
  ['a tab for a space (RFC 9112 3)', 'request-line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['no version (RFC 9112 3)', 'request-line', 'GET /\r\nHost: a\r\n\r\n'],
  ['no method (RFC 9112 3.1)', 'request-line', ' / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a method that is no token (RFC 9112 3.1)', 'request-line', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a version in lower case (RFC 9112 2.3)', 'request-line', 'GET / http/1.1\r\nHost: a\r\n\r\n'],
  [
    'a version of three digits (RFC 9112 2.3)',
    'request-line',
    'GET / HTTP/1.10\r\nHost: a\r\n\r\n',
  ],
  ['a version without a dot (RFC 9112 2.3)', 'request-line', 'GET / HTTP/11\r\nHost: a\r\n\r\n'],
  ['major version 0 (RFC 9110 2.5)', 'version', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n'],
  ['major version 2 (RFC 9110 2.5)', 'version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
  ['the preface of HTTP/2 (RFC 9113 3.4)', 'version', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['CONNECT (RFC 9110 9.3.6)', 'method', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['TRACE (RFC 9110 9.3.8)', 'method', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n'],
];

const longMethod = `${'M'.repeat(65)} / HTTP/1.1\r\nHost: a\r\n\r\n`;
requestLines.push(['a method that is too long (RFC 9112 3)', 'method-too-long', longMethod]);

test.each([...lines, ...requestLines])(
  'the proxy refuses a request with %s, however it arrives',
  (_, cause, request) => expectRefusedHead(cause, request),
);

test('the proxy refuses a method without an end as soon as it is too long', async () => {
  await using forwarder = await Forwarder.start({ upstreams: [] });
  using client = await RawClient.connect(forwarder.port);
  for (let sent = 0; sent < 10; sent += 1) await client.send('M'.repeat(1_000));
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 501 /);
  expect(forwarder.refusals).toEqual(['method-too-long']);
});

const ofHead = [
  ['in its head', 'HEAD / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n', 400],
  ['after an empty line', '\r\nHEAD / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n', 400],
  ['in its target', 'HEAD /# HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['by a pass', 'HEAD / HTTP/1.1\r\n\r\n', 400],
  ['for its size', `HEAD / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(600)}\r\n\r\n`, 431],
  ['without a member', 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', 503],
] as const;

test.each(ofHead)(
  'RFC 9110 9.3.2: a HEAD that is refused %s gets no body, however it arrives',
  async (_, request, status) => {
    await using forwarder = await Forwarder.start({ upstreams: [], limits: { headBytes: 500 } });
    await everyWay(request, async (parts) => {
      using client = await RawClient.connect(forwarder.port);
      await client.send(...parts);
      client.socket.end();
      const answer = await client.untilEnd();
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(/Content-Length: [1-9][^]*\r\n\r\n$/);
    });
  },
);

test('a HEAD that is refused because it is slow gets no body', async () => {
  await using forwarder = await Forwarder.start({ upstreams: [], limits: { headTimeoutMs: 100 } });
  using client = await RawClient.connect(forwarder.port);
  await client.send('HEAD / HT');
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 408 [^]*\r\n\r\n$/);
});
