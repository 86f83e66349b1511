import fc from 'fast-check';

/** Bytes that a fuzzed peer sends, the positions at which they are cut, and if it then ends its side. */
export interface Script {
  readonly bytes: Buffer;
  readonly cuts: readonly number[];
  readonly ends: boolean;
}

const lineEnd = mostly('\r\n', '\n', '\r', '\r\r\n', '\n\r');
const name = mostly(
  fc.constantFrom('Accept', 'x-a', 'Cookie', 'User-Agent', 'X-Forwarded-For', 'Via', 'TE', 'Date'),
  fc.constantFrom('Connection', 'Upgrade', 'Expect', 'Keep-Alive', 'Host', 'Trailer', 'x_a', ''),
  fc.string({ maxLength: 5 }),
);
const value = mostly(
  fc.constantFrom('a', '', 'close', 'keep-alive', '100-continue', 'trailers', 'a, b', '"a"', '1'),
  fc.constantFrom('upgrade', 'host', 'content-length', 'websocket', 'x-a', 'a\tb', '\xe9', 'h2c'),
  fc.string({ maxLength: 8 }),
);
const colon = mostly(': ', ':', ' : ', ':\t', ': \t', ' ');
const field = fc.tuple(name, colon, value, lineEnd).map((parts) => parts.join(''));
const hostField = mostly(
  'Host: a\r\n',
  '',
  'Host: a\r\nHost: b\r\n',
  'Host: a,b\r\n',
  'host:[::1]\r\n',
);

const method = mostly(
  fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'),
  fc.constantFrom('CONNECT', 'TRACE', 'get', 'P(T', '', 'PRI'),
);
const target = mostly(
  fc.constantFrom('/', '/a?b=c', '/%00', '/a//b'),
  fc.constantFrom('*', 'http://b/c', 'http://b', 'https://u@b/', 'a', '/#', '/\xff', '', '/ /'),
);
const version = mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', '');

const size = mostly(
  fc.nat(40).map((bytes) => bytes.toString(16)),
  fc.constantFrom('0', '00', '0x1', '-1', '+1', ' 1', '1 ', 'g', '', 'fffffffffffffffff', '1;a=b'),
);
const chunk = fc
  .tuple(size, lineEnd, fc.string({ maxLength: 40 }), lineEnd)
  .map((parts) => parts.join(''));
const goodChunk = fc
  .string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' })
  .map((data) => `${data.length.toString(16)}\r\n${data}\r\n`);
const chunkEnd = mostly('0\r\n\r\n', '', '0\r\nA: b\r\n\r\n', '0\r\n', '0\r\n\n', '00;x\r\n\r\n');
const chunks = fc
  .tuple(fc.array(mostly(goodChunk, chunk), { maxLength: 4 }), chunkEnd)
  .map(([some, end]) => some.join('') + end);

/** Framing fields, and the bytes after the head. */
const framedBody = mostly<readonly string[]>(
  fc.constant(['', '']),
  fc
    .string({ maxLength: 60, unit: 'binary-ascii' })
    .map((body) => [`Content-Length: ${body.length}\r\n`, body]),
  chunks.map((body) => ['Transfer-Encoding: chunked\r\n', body]),
  fc
    .tuple(size, fc.string({ maxLength: 60 }))
    .map(([length, body]) => [`Content-Length: ${length}\r\n`, body]),
  fc
    .tuple(
      fc.constantFrom(
        'Transfer-Encoding: gzip, chunked',
        'Transfer-Encoding : chunked',
        'Transfer-Encoding: chunked, chunked',
        'Transfer_Encoding: chunked',
        'Transfer-Encoding: chunked\r\nContent-Length: 3',
        'Content-Length: 3\r\nContent-Length: 4',
        'Content-Length: 3, 3',
        'Transfer-Encoding: \x0bchunked',
        'Transfer-Encoding:\tchunked',
      ),
      chunks,
    )
    .map(([fields, body]) => [`${fields}\r\n`, body]),
);

const fields = fc.array(field, { maxLength: 4 }).map((lines) => lines.join(''));

export const request = fc
  .tuple(method, target, version, hostField, fields, framedBody)
  .map(
    ([method, target, version, host, fields, [framing = '', body = '']]) =>
      `${method} ${target} ${version}\r\n${host}${fields}${framing}\r\n${body}`,
  );

const statusLine = mostly(
  fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found', 'HTTP/1.0 200 OK'),
  fc.constantFrom('HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.1 100 Continue'),
  fc.constantFrom(
    'HTTP/1.1 101 Switching',
    'HTTP/1.1 103 Early Hints',
    'HTTP/1.1 99 x',
    'HTTP/2 200',
  ),
);

export const response = fc
  .tuple(statusLine, fields, framedBody)
  .map(([line, fields, [framing = '', body = '']]) => `${line}\r\n${fields}${framing}\r\n${body}`);

/** Generates some messages in a row, perhaps with changed bytes, cut anywhere. */
export function script(message: fc.Arbitrary<string>): fc.Arbitrary<Script> {
  const mutation = fc.record({
    at: fc.nat(),
    byte: fc.nat(255),
    kind: fc.constantFrom('set', 'cut', 'put'),
  });
  return fc
    .record({
      messages: fc.array(message, { minLength: 1, maxLength: 4 }),
      mutations: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(mutation, { maxLength: 3 }) },
      ),
      cuts: fc.array(fc.nat(400), { maxLength: 6 }),
      ends: fc.boolean(),
    })
    .map(({ messages, mutations, cuts, ends }) => {
      let bytes = Buffer.from(messages.join(''), 'latin1');
      for (const { at, byte, kind } of mutations) {
        const position = at % (bytes.length + 1);
        const put = kind === 'cut' ? Buffer.alloc(0) : Buffer.of(byte);
        const skipped = kind === 'put' ? 0 : 1;
        bytes = Buffer.concat([
          bytes.subarray(0, position),
          put,
          bytes.subarray(position + skipped),
        ]);
      }
      return { bytes, cuts, ends };
    });
}

export function parts({ bytes, cuts }: Script): Buffer[] {
  const at = [...new Set(cuts)]
    .filter((cut) => cut > 0 && cut < bytes.length)
    .sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

/** Picks the first choice most of the time, so that most messages get far. */
function mostly<T>(...choices: readonly (T | fc.Arbitrary<T>)[]): fc.Arbitrary<T> {
  const [first, ...rest] = choices.map((one) => (isArbitrary(one) ? one : fc.constant(one)));
  if (first === undefined) throw new Error('nothing to choose from');
  return fc.oneof(
    { weight: 6 * rest.length, arbitrary: first },
    ...rest.map((arbitrary) => ({ weight: 2, arbitrary })),
  );
}

function isArbitrary<T>(one: T | fc.Arbitrary<T>): one is fc.Arbitrary<T> {
  return one instanceof fc.Arbitrary;
}
