import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';
import type { StrictMessage } from '../../../support/http/strict-reader.ts';

/** Fields by lower-case name, all lines of a name as one list; `undefined` if it must be absent. */
type Fields = Readonly<Record<string, string | undefined>>;

interface Expected {
  readonly startLine: string;
  readonly body?: string;
  readonly fields?: Fields;
}

type Case = readonly [rule: string, request: string, expected: Expected];

let upstream: RawUpstream;
let forwarder: Forwarder;

beforeAll(async () => {
  upstream = await RawUpstream.start((request, { socket }) => {
    const body = request.startLine.startsWith('HEAD ') ? '' : 'ok';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`);
  });
  forwarder = await Forwarder.start({ upstreams: [upstream.port] });
});
afterAll(async () => {
  await forwarder?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

const get = (...lines: string[]) => ['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
const post = (...lines: string[]) => ['POST / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
const gotten = (fields: Fields): Expected => ({ startLine: 'GET / HTTP/1.1', fields });
const posted = (body: string, fields: Fields = {}): Expected => ({
  startLine: 'POST / HTTP/1.1',
  body,
  fields,
});

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n';

const targets: Case[] = [
  [
    'RFC 9112 3.2.1: the proxy forwards origin-form unchanged',
    'GET /a//b;c?d=%00&e[]=f HTTP/1.1\r\nHost: a:80\r\n\r\n',
    { startLine: 'GET /a//b;c?d=%00&e[]=f HTTP/1.1', fields: { host: 'a:80' } },
  ],
  [
    'RFC 9112 3.2.2: absolute-form becomes origin-form, and its authority becomes the Host',
    'GET HTTP://b:8080?c HTTP/1.1\r\nHost: a\r\n\r\n',
    { startLine: 'GET /?c HTTP/1.1', fields: { host: 'b:8080', 'x-forwarded-host': 'b:8080' } },
  ],
  [
    'RFC 9112 3.2.4: the proxy forwards asterisk-form with OPTIONS',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    { startLine: 'OPTIONS * HTTP/1.1' },
  ],
  [
    'RFC 9112 3.2.4: OPTIONS for an absolute-form without a path becomes asterisk-form',
    'OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n',
    { startLine: 'OPTIONS * HTTP/1.1', fields: { host: 'b' } },
  ],
  [
    'RFC 9110 7.2: an IPv6 literal is a valid Host',
    'GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n',
    { startLine: 'GET / HTTP/1.1', fields: { host: '[::1]:8080' } },
  ],
  [
    'RFC 9112 2.2: the proxy ignores one empty line before the request',
    `\r\n${get()}`,
    { startLine: 'GET / HTTP/1.1' },
  ],
  [
    'RFC 9110 9.1: the proxy forwards an unknown method as it is written',
    'brEW / HTTP/1.1\r\nHost: a\r\n\r\n',
    { startLine: 'brEW / HTTP/1.1' },
  ],
  [
    'RFC 9110 2.5: HTTP/1.0 becomes HTTP/1.1 and gets the Host of the upstream',
    'GET / HTTP/1.0\r\n\r\n',
    { startLine: 'GET / HTTP/1.1', fields: { via: '1.0 perch' } },
  ],
  [
    'RFC 9110 2.5: the proxy treats a later minor version as HTTP/1.1',
    'GET / HTTP/1.9\r\nHost: a\r\n\r\n',
    { startLine: 'GET / HTTP/1.1', fields: { via: '1.1 perch' } },
  ],
];

const fields: Case[] = [
  [
    'RFC 9110 5.5: the proxy removes white space around a value, but keeps inner white space and non-ASCII bytes',
    get('A: \t b\t \xe9 c \t', 'B:', 'C:d'),
    gotten({ a: 'b\t \xe9 c', b: '', c: 'd' }),
  ],
  [
    'RFC 9110 7.6.1: the proxy drops the fields that Connection nominates, in any case',
    get('Connection: x-One, ,X-TWO', 'Connection: x-three', 'X-one: 1', 'x-Two: 2', 'X-Three: 3'),
    gotten({ connection: undefined, 'x-one': undefined, 'x-two': undefined, 'x-three': undefined }),
  ],
  [
    'RFC 9110 7.6.1: a nominated name is not a prefix',
    get('Connection: x-on', 'X-One: 1'),
    gotten({ 'x-one': '1' }),
  ],
  [
    'RFC 9110 10.1.4: the proxy does not ask for trailers, which it would drop',
    get('Connection: TE', 'TE: gzip;q=0.5, Trailers'),
    gotten({ connection: undefined, te: undefined }),
  ],
  [
    'RFC 9110 7.8: the proxy drops an Upgrade that Connection does not nominate',
    get('Upgrade: websocket'),
    gotten({ upgrade: undefined, connection: undefined }),
  ],
  [
    'RFC 7239: the proxy drops all claims about the client, in any spelling',
    get(
      'X_Forwarded_For: 6.6.6.6',
      'X-Real-IP: 6.6.6.6',
      'X-Forwarded-Port: 1',
      'Forwarded: for=b',
    ),
    gotten({
      x_forwarded_for: undefined,
      'x-real-ip': undefined,
      'x-forwarded-port': undefined,
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;proto=http;host="a"',
    }),
  ],
  [
    'RFC 9110 7.6.3: the proxy adds the version of the request to Via, after the entries before',
    get('Via: 1.0 b, 1.1 c'),
    gotten({ via: '1.0 b, 1.1 c, 1.1 perch' }),
  ],
];

const framing: Case[] = [
  [
    'RFC 9112 6.2: the proxy forwards a body with a length',
    post('Content-Length: 3') + 'abc',
    posted('abc'),
  ],
  [
    'RFC 9110 8.6: the proxy merges equal lengths and writes them anew',
    post('Content-Length: 003, 3', 'content-length: 3') + 'abc',
    posted('abc', { 'content-length': '3' }),
  ],
  [
    'RFC 9112 6.3: a request without framing has no body',
    post() + get(),
    posted('', { 'content-length': undefined, 'transfer-encoding': undefined }),
  ],
  [
    'RFC 9112 6.1: the proxy forwards chunked, in any case',
    post('Transfer-Encoding:\tChUnKeD') + '3\r\nabc\r\n0\r\n\r\n',
    posted('abc', { 'transfer-encoding': 'chunked' }),
  ],
  [
    'RFC 9112 7.1: chunk sizes may have leading zeros, either case and extensions',
    post('Transfer-Encoding: chunked') +
      '00000000000000A;b="c;\td\\""\r\n0123456789\r\n1 ; x\t=\ty\r\na\r\n000;e\r\n\r\n',
    posted('0123456789a'),
  ],
  [
    'RFC 9112 7.1.2: the proxy drops all trailers, even framing fields',
    post('Transfer-Encoding: chunked', 'Trailer: A') +
      '1\r\na\r\n0\r\nA: b\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n',
    posted('a', { a: undefined, trailer: undefined, 'content-length': undefined }),
  ],
  [
    'RFC 9112 6.3: the body of a GET is not the next request',
    get(`Content-Length: ${smuggled.length}`) + smuggled,
    { startLine: 'GET / HTTP/1.1', body: smuggled },
  ],
  [
    'RFC 9110 10.1.1: the proxy forwards Expect with the body that it is for',
    post('Content-Length: 1', 'Expect: 100-Continue') + 'a',
    posted('a', { expect: '100-continue' }),
  ],
  [
    'RFC 9110 10.1.1: the proxy forwards Expect even if Connection nominates it',
    post('Connection: expect', 'Content-Length: 1', 'Expect: 100-continue') + 'a',
    posted('a', { expect: '100-continue' }),
  ],
  [
    'RFC 9110 10.1.1: the proxy drops Expect of HTTP/1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na',
    posted('a', { expect: undefined }),
  ],
];

test.each([...targets, ...fields, ...framing])(
  '%s, however the request arrives',
  async (_, request, expected) => {
    upstream.requests.length = 0;
    upstream.errors.length = 0;
    await everyWay(request, async (parts) => {
      using client = await RawClient.connect(forwarder.port);
      await client.send(...parts);
      expect((await client.response()).status).toBe(200);
    });
    expect(upstream.errors).toEqual([]);
    const seen = upstream.requests.filter(({ startLine }) => startLine === expected.startLine);
    expect(seen.length).toBeGreaterThan(0);
    for (const message of seen) {
      if (expected.body !== undefined) expect(message.body.toString('latin1')).toBe(expected.body);
      for (const [name, value] of Object.entries(expected.fields ?? {})) {
        expect([name, list(message, name)]).toEqual([name, value]);
      }
    }
    expect(upstream.requests.some(({ startLine }) => startLine.includes('smuggled'))).toBe(false);
  },
);

function list({ fields }: StrictMessage, name: string): string | undefined {
  const values = fields.flatMap(([other, value]) => (other.toLowerCase() === name ? [value] : []));
  return values.length === 0 ? undefined : values.join(', ');
}
