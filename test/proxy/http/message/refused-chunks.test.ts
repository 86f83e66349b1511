import { expect, test } from 'vitest';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawUpstream } from '../support/raw-upstream.ts';
import { expectRefusal, post, type RefusedRequest } from '../support/refused-request.ts';

const chunkedPost = (body: string) => post('Transfer-Encoding: chunked') + body;

const chunks: RefusedRequest[] = [
  ['an empty size (RFC 9112 7.1)', 'chunk', chunkedPost('\r\nabc\r\n0\r\n\r\n')],
  ['a size that is not hexadecimal (RFC 9112 7.1)', 'chunk', chunkedPost('g\r\nabc\r\n0\r\n\r\n')],
  ['a size with 0x (RFC 9112 7.1)', 'chunk', chunkedPost('0x3\r\nabc\r\n0\r\n\r\n')],
  ['a signed size (RFC 9112 7.1)', 'chunk', chunkedPost('+3\r\nabc\r\n0\r\n\r\n')],
  ['a space before the size (RFC 9112 7.1)', 'chunk', chunkedPost(' 3\r\nabc\r\n0\r\n\r\n')],
  ['a space after the size (RFC 9112 7.1)', 'chunk', chunkedPost('3 \r\nabc\r\n0\r\n\r\n')],
  [
    'seventeen digits (RFC 9112 7.1)',
    'chunk',
    chunkedPost('00000000000000003\r\nabc\r\n0\r\n\r\n'),
  ],
  [
    'a size above 2^53-1 (RFC 9112 7.1)',
    'chunk',
    chunkedPost('ffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
  ],
  ['a bare LF after the size (RFC 9112 7.1)', 'chunk', chunkedPost('3\nabc\r\n0\r\n\r\n')],
  ['a bare CR after the size (RFC 9112 7.1)', 'chunk', chunkedPost('3\rabc\r\n0\r\n\r\n')],
  ['more data than the size (RFC 9112 7.1)', 'chunk', chunkedPost('3\r\nabcd\r\n0\r\n\r\n')],
  ['a bare LF after the data (RFC 9112 7.1)', 'chunk', chunkedPost('3\r\nabc\n0\r\n\r\n')],
  [
    'a bare LF in an extension (RFC 9112 7.1.1)',
    'chunk',
    chunkedPost('3;a\nb\r\nabc\r\n0\r\n\r\n'),
  ],
  [
    'a control byte in an extension (RFC 9112 7.1.1)',
    'chunk',
    chunkedPost('3;a\0\r\nabc\r\n0\r\n\r\n'),
  ],
  ...[
    ';',
    ';;a',
    ';a;',
    ';=b',
    ';a=',
    ';bad[=x',
    ';a=b[',
    ';a="b',
    ';a="b"c',
    ';a=b c',
    ';a b',
    ';a ',
  ].map((extension): RefusedRequest => [
    `the extension ${extension} (RFC 9112 7.1.1)`,
    'chunk',
    chunkedPost(`3${extension}\r\nabc\r\n0\r\n\r\n`),
  ]),
  [
    'a line break in a quoted extension (RFC 9112 7.1.1)',
    'chunk',
    chunkedPost('3;a="\r\n"\r\nabc\r\n0\r\n\r\n'),
  ],
  ['a trailer without a colon (RFC 9112 7.1.2)', 'trailer', chunkedPost('0\r\nabc\r\n\r\n')],
  ['a trailer with a bare LF (RFC 9112 7.1.2)', 'trailer', chunkedPost('0\r\na: b\n\r\n')],
  ['a folded trailer (RFC 9112 7.1.2)', 'trailer', chunkedPost('0\r\na: b\r\n c\r\n\r\n')],
  ['a bare LF at the very end (RFC 9112 7.1)', 'trailer', chunkedPost('0\r\n\n')],
];

const endless: RefusedRequest[] = [
  ['extensions (RFC 9112 7.1.1)', 'chunk', chunkedPost(`3;${'a'.repeat(20_000)}`)],
  ['trailers (RFC 9112 7.1.2)', 'trailer', chunkedPost(`0\r\n${'a: b\r\n'.repeat(20_000)}`)],
];

test.each(chunks)(
  'the proxy refuses a chunked request with %s, however it arrives',
  async (_, cause, request) => {
    await using upstream = await RawUpstream.start();
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    await everyWay(request, (parts) => expectRefusal(forwarder, parts, cause));
    expect(new Set(forwarder.refusals)).toEqual(new Set([cause]));
    expect(upstream.requests).toEqual([]);
    expect(forwarder.outcomes.every(({ kind }) => kind === 'client-gone')).toBe(true);
    expect(forwarder.closed).toBe(forwarder.outcomes.length);
  },
);

test.each(endless)(
  'the proxy refuses a chunked request with endless %s',
  async (_, cause, request) => {
    await using upstream = await RawUpstream.start();
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    await expectRefusal(forwarder, [request], cause);
    expect(upstream.requests).toEqual([]);
  },
);
