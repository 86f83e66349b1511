import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusals, type RefusalCause } from '../../../../runtime/proxy/http/message/refusal.ts';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

let upstream: RawUpstream;
let forwarder: Forwarder;

beforeAll(async () => {
  upstream = await RawUpstream.start();
  forwarder = await Forwarder.start({
    upstreams: [upstream.port],
    limits: {
      targetBytes: longest.target,
      headBytes: longest.head,
      headFields: longest.fields,
      bodyBytes: 1_000,
    },
  });
});
afterAll(async () => {
  await forwarder?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

type Case = readonly [rule: string, cause: RefusalCause, request: string];

/** A request that is in order but for the given lines. */
const get = (...lines: string[]) => ['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
const post = (...lines: string[]) => ['POST / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
const chunkedPost = (body: string) => post('Transfer-Encoding: chunked') + body;

const lines: Case[] = [
  ['RFC 9112 2.2: a bare LF after the request line', 'bare-lf', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
  ['RFC 9112 2.2: a bare LF after a field', 'bare-lf', 'GET / HTTP/1.1\r\nHost: a\n\r\n'],
  ['RFC 9112 2.2: a bare LF for a field line', 'bare-lf', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
  ['RFC 9112 2.2: a bare LF within a field name', 'bare-lf', get('Ab\ncd: e')],
  ['RFC 9112 2.2: a bare CR within a field value', 'bare-cr', get('A: b\rc')],
  ['RFC 9112 2.2: a bare CR after the request line', 'bare-cr', 'GET / HTTP/1.1\rHost: a\r\n\r\n'],
  ['RFC 9112 2.2: a bare CR before the end', 'bare-cr', 'GET / HTTP/1.1\r\nHost: a\r\n\rX'],
  ['RFC 9112 2.2: two empty lines before the request', 'request-line', `\r\n\r\n${get()}`],
  ['RFC 9110 5.5: a NUL in a field value', 'control-byte', get('A: b\0c')],
  ['RFC 9110 5.5: another control byte in a field value', 'control-byte', get('A: b\x0bc')],
  ['RFC 9110 5.5: a DEL in a field value', 'control-byte', get('A: b\x7f')],
  ['RFC 9112 5.2: a folded line', 'obs-fold', get('A: b', ' c')],
  ['RFC 9112 5.2: a folded line with a tab', 'obs-fold', get('A: b', '\tc: d')],
  [
    'RFC 9112 2.2: white space before the first field',
    'obs-fold',
    'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  ],
  ['RFC 9112 5.1: a space before the colon', 'field-name', get('A : b')],
  ['RFC 9112 5.1: a tab before the colon', 'field-name', get('A\t: b')],
  ['RFC 9112 5: a line without a colon', 'field-name', get('Abc')],
  ['RFC 9110 5.1: an empty name', 'field-name', get(': b')],
  ['RFC 9110 5.1: a name that is no token', 'field-name', get('A(b): c')],
  ['RFC 9110 5.1: a name with a NUL', 'field-name', get('A\0: c')],
  ['RFC 9110 5.1: a name with a byte above ASCII', 'field-name', get('A\xe9: c')],
];

const requestLines: Case[] = [
  [
    'RFC 9112 3: two spaces before the target',
    'request-line',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['RFC 9112 3: two spaces after the target', 'request-line', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3: a space after the version', 'request-line', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'],
  ['RFC 9112 3: a tab for a space', 'request-line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3: no version', 'request-line', 'GET /\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3.1: no method', 'request-line', ' / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3.1: a method that is no token', 'request-line', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 2.3: a version in lower case', 'request-line', 'GET / http/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 2.3: a version of three digits', 'request-line', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n'],
  ['RFC 9112 2.3: a version without a dot', 'request-line', 'GET / HTTP/11\r\nHost: a\r\n\r\n'],
  ['RFC 9110 2.5: major version 0', 'version', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n'],
  ['RFC 9110 2.5: major version 2', 'version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
  ['RFC 9113 3.4: the preface of HTTP/2', 'version', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['RFC 9110 9.3.6: CONNECT', 'method', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9110 9.3.8: TRACE', 'method', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n'],
];

const targets: Case[] = [
  [
    'RFC 9112 3.2.4: * with another method than OPTIONS',
    'target',
    'GET * HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['RFC 9112 3.2: a target without a slash', 'target', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3.2: a fragment', 'target', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3.2: a control byte', 'target', 'GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['RFC 9112 3.2: a byte above ASCII', 'target', 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'RFC 9112 3.2.2: a scheme that is not HTTP',
    'target',
    'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'RFC 9112 3.2.2: an authority that is empty',
    'host-invalid',
    'GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'RFC 9110 4.2.4: userinfo in the target',
    'host-invalid',
    'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['RFC 9112 3.2: no Host', 'host-missing', 'GET / HTTP/1.1\r\n\r\n'],
  ['RFC 9112 3.2: no Host with absolute-form', 'host-missing', 'GET http://a/ HTTP/1.1\r\n\r\n'],
  ['RFC 9112 3.2: two Hosts', 'host-repeated', get('Host: b')],
  ['RFC 9112 3.2: the same Host twice', 'host-repeated', get('Host: a')],
  ['RFC 9110 7.2: an empty Host', 'host-invalid', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['RFC 9110 7.2: a Host of white space', 'host-invalid', 'GET / HTTP/1.1\r\nHost: \t \r\n\r\n'],
  ['RFC 9110 7.2: a list of Hosts', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'],
  ['RFC 9110 7.2: userinfo in Host', 'host-invalid', 'GET / HTTP/1.1\r\nHost: u:p@a\r\n\r\n'],
  ['RFC 9110 7.2: a path in Host', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['RFC 9110 7.2: a space in Host', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['RFC 9110 7.2: a port that is no number', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n'],
  ['RFC 9110 7.2: two ports', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n'],
  ['RFC 9110 7.2: an open bracket', 'host-invalid', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
  ['RFC 9110 7.2: only a port', 'host-invalid', 'GET / HTTP/1.1\r\nHost: :80\r\n\r\n'],
];

const framing: Case[] = [
  [
    'RFC 9112 6.1: Content-Length with Transfer-Encoding',
    'length-and-coding',
    post('Content-Length: 5', 'Transfer-Encoding: chunked'),
  ],
  [
    'RFC 9112 6.1: Transfer-Encoding with Content-Length',
    'length-and-coding',
    post('Transfer-Encoding: chunked', 'Content-Length: 5'),
  ],
  [
    'RFC 9112 6.3: two Content-Lengths',
    'content-length',
    post('Content-Length: 5', 'Content-Length: 6'),
  ],
  ['RFC 9112 6.3: a list of Content-Lengths', 'content-length', post('Content-Length: 5, 6')],
  ['RFC 9112 6.3: a list with an empty member', 'content-length', post('Content-Length: 5,')],
  ['RFC 9110 8.6: an empty Content-Length', 'content-length', post('Content-Length:')],
  ['RFC 9110 8.6: a signed Content-Length', 'content-length', post('Content-Length: +5')],
  ['RFC 9110 8.6: a negative Content-Length', 'content-length', post('Content-Length: -5')],
  ['RFC 9110 8.6: a hexadecimal Content-Length', 'content-length', post('Content-Length: 0x5')],
  ['RFC 9110 8.6: a Content-Length with a fraction', 'content-length', post('Content-Length: 5.0')],
  [
    'RFC 9110 8.6: a Content-Length with a space within',
    'content-length',
    post('Content-Length: 5 5'),
  ],
  [
    'RFC 9110 8.6: a Content-Length of 2^53',
    'content-length',
    post('Content-Length: 9007199254740992'),
  ],
  [
    'RFC 9110 8.6: a Content-Length that would wrap around',
    'content-length',
    post('Content-Length: 18446744073709551621'),
  ],
  [
    'RFC 9112 6.1: Transfer-Encoding in HTTP/1.0',
    'coding-in-http-1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['RFC 9112 6.1: chunked twice', 'transfer-encoding', post('Transfer-Encoding: chunked, chunked')],
  [
    'RFC 9112 6.1: chunked in two fields',
    'transfer-encoding',
    post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  ],
  ['RFC 9112 6.1: chunked not last', 'transfer-encoding', post('Transfer-Encoding: chunked, gzip')],
  ['RFC 9112 6.1: an empty Transfer-Encoding', 'transfer-encoding', post('Transfer-Encoding:')],
  [
    'RFC 9112 6.1: a Transfer-Encoding of a comma',
    'transfer-encoding',
    post('Transfer-Encoding: ,'),
  ],
  [
    'RFC 9112 6.1: chunked and an empty member',
    'transfer-encoding',
    post('Transfer-Encoding: chunked,'),
  ],
  [
    'RFC 9112 7.1: chunked with a parameter',
    'transfer-encoding',
    post('Transfer-Encoding: chunked;a=b'),
  ],
  ['RFC 9112 6.1: gzip', 'transfer-coding', post('Transfer-Encoding: gzip')],
  [
    'RFC 9112 6.1: gzip before chunked',
    'transfer-coding',
    post('Transfer-Encoding: gzip, chunked'),
  ],
  [
    'RFC 9112 6.1: chunked before identity',
    'transfer-encoding',
    post('Transfer-Encoding: chunked, identity'),
  ],
  [
    'RFC 9112 6.1: chunked and an unknown coding in two fields',
    'transfer-encoding',
    post('Transfer-Encoding: chunked', 'Transfer-encoding: cow'),
  ],
  [
    'RFC 9112 5.1: a space before the colon of Transfer-Encoding',
    'field-name',
    post('Content-Length: 5', 'Transfer-Encoding : chunked'),
  ],
  [
    'RFC 9110 5.5: a vertical tab before chunked',
    'control-byte',
    post('Transfer-Encoding: \x0bchunked'),
  ],
  [
    'RFC 9112 5.2: chunked on a folded line',
    'obs-fold',
    post('Content-Length: 5', 'Transfer-Encoding:', ' chunked'),
  ],
  [
    'RFC 9112 2.2: Transfer-Encoding behind a bare CR',
    'bare-cr',
    post('A: b\rTransfer-Encoding: chunked', 'Content-Length: 5'),
  ],
  ['RFC 9112 6.1: identity', 'transfer-coding', post('Transfer-Encoding: identity')],
  [
    'RFC 9112 6.1: a coding that only looks like chunked',
    'transfer-coding',
    post('Transfer-Encoding: xchunked'),
  ],
  ['RFC 9112 6.1: chunked in quotes', 'transfer-coding', post('Transfer-Encoding: "chunked"')],
];

const longest = { target: 200, head: 600, fields: 8 };

const sizes: Case[] = [
  [
    'RFC 9110 15.5.15: a target that is too long',
    'target-too-long',
    `GET /${'a'.repeat(longest.target)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  ['RFC 6585 5: a head that is too large', 'head-too-large', get(`A: ${'b'.repeat(longest.head)}`)],
  [
    'RFC 6585 5: too many fields',
    'head-too-large',
    get(...Array.from({ length: longest.fields }, () => 'A: b')),
  ],
  [
    'RFC 9110 15.5.14: a body that says that it is too large, before any of it comes',
    'body-too-large',
    post('Content-Length: 1001', 'Expect: 100-continue'),
  ],
];

const others: Case[] = [
  [
    'RFC 9110 10.1.1: another expectation',
    'expectation',
    post('Content-Length: 2', 'Expect: 200-ok'),
  ],
  [
    'RFC 9110 10.1.1: a second expectation',
    'expectation',
    post('Content-Length: 2', 'Expect: 100-continue, a'),
  ],
  ...[
    'Host',
    'Content-Length',
    'Authorization',
    'X-Forwarded-For',
    'x-forwarded-host',
    'X-Forwarded-Proto',
    'Forwarded',
    'Transfer-Encoding',
  ].map((name): Case => [
    `RFC 9110 7.6.1: Connection that nominates ${name}`,
    'nomination',
    get(`Connection: close, ${name}`),
  ]),
];

describe.each([
  ['line by line', lines],
  ['by its request line', requestLines],
  ['by its target or Host', targets],
  ['by its framing', framing],
  ['by other fields', others],
  ['by its size', sizes],
])('a request refused %s, however it arrives', (_, cases) => {
  test.each(cases)('%s', async (_, cause, request) => {
    forwarder.refusals.length = 0;
    let times = 0;
    await everyWay(request, async (parts) => {
      times += 1;
      await expectRefusal(forwarder, parts, cause);
    });
    expect(new Set(forwarder.refusals)).toEqual(new Set([cause]));
    expect(forwarder.refusals).toHaveLength(times);
    expect(upstream.connections).toEqual([]);
  });
});

const chunks: Case[] = [
  ['RFC 9112 7.1: an empty size', 'chunk', chunkedPost('\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a size that is not hexadecimal', 'chunk', chunkedPost('g\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a size with 0x', 'chunk', chunkedPost('0x3\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a signed size', 'chunk', chunkedPost('+3\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a space before the size', 'chunk', chunkedPost(' 3\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a space after the size', 'chunk', chunkedPost('3 \r\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: seventeen digits', 'chunk', chunkedPost('00000000000000003\r\nabc\r\n0\r\n\r\n')],
  [
    'RFC 9112 7.1: a size above 2^53-1',
    'chunk',
    chunkedPost('ffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
  ],
  ['RFC 9112 7.1: a bare LF after the size', 'chunk', chunkedPost('3\nabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a bare CR after the size', 'chunk', chunkedPost('3\rabc\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: more data than the size', 'chunk', chunkedPost('3\r\nabcd\r\n0\r\n\r\n')],
  ['RFC 9112 7.1: a bare LF after the data', 'chunk', chunkedPost('3\r\nabc\n0\r\n\r\n')],
  ['RFC 9112 7.1.1: a bare LF in an extension', 'chunk', chunkedPost('3;a\nb\r\nabc\r\n0\r\n\r\n')],
  [
    'RFC 9112 7.1.1: a control byte in an extension',
    'chunk',
    chunkedPost('3;a\0\r\nabc\r\n0\r\n\r\n'),
  ],
  ['RFC 9112 7.1.2: a trailer without a colon', 'trailer', chunkedPost('0\r\nabc\r\n\r\n')],
  ['RFC 9112 7.1.2: a trailer with a bare LF', 'trailer', chunkedPost('0\r\na: b\n\r\n')],
  ['RFC 9112 7.1.2: a folded trailer', 'trailer', chunkedPost('0\r\na: b\r\n c\r\n\r\n')],
  ['RFC 9112 7.1: a bare LF at the very end', 'trailer', chunkedPost('0\r\n\n')],
];

const endless: Case[] = [
  ['RFC 9112 7.1.1: extensions', 'chunk', chunkedPost(`3;${'a'.repeat(20_000)}`)],
  ['RFC 9112 7.1.2: trailers', 'trailer', chunkedPost(`0\r\n${'a: b\r\n'.repeat(20_000)}`)],
];

describe('a chunked request that is broken off', () => {
  test.each(chunks)('%s', async (_, cause, request) => {
    await using upstream = await RawUpstream.start();
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    await everyWay(request, (parts) => expectRefusal(forwarder, parts, cause));
    expect(new Set(forwarder.refusals)).toEqual(new Set([cause]));
    expect(upstream.requests).toEqual([]);
    expect(forwarder.outcomes.every(({ kind }) => kind === 'client-gone')).toBe(true);
    expect(forwarder.closed).toBe(forwarder.outcomes.length);
  });

  test.each(endless)('%s without end', async (_, cause, request) => {
    await using upstream = await RawUpstream.start();
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    await expectRefusal(forwarder, [request], cause);
    expect(upstream.requests).toEqual([]);
  });
});

async function expectRefusal(
  { port }: Forwarder,
  parts: readonly (string | Buffer)[],
  cause: RefusalCause,
): Promise<void> {
  using client = await RawClient.open(port);
  await client.send(...parts);
  expect((await client.response()).status).toBe(refusals[cause][0]);
  await client.end();
  expect(client.rest).toBe('');
}
