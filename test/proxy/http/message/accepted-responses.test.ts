import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient, type Answer } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

/** Fields by lower-case name, all lines of a name as one list; `undefined` if it must be absent. */
type Fields = Readonly<Record<string, string | undefined>>;

interface Expected {
  readonly startLines: readonly string[];
  /** Body of the last response. */
  readonly body?: string;
  readonly fields?: Fields;
  readonly method?: string;
}

type Case = readonly [rule: string, response: string, expected: Expected];

const ok = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
const whole = (body: string, fields: Fields = {}): Expected => ({
  startLines: ['HTTP/1.1 200 OK'],
  body,
  fields,
});

const cases: Case[] = [
  [
    'RFC 9112 6.2: the proxy forwards a body with a length',
    ok('Content-Length: 3') + 'abc',
    whole('abc'),
  ],
  [
    'RFC 9110 8.6: the proxy merges equal lengths and writes them anew',
    ok('Content-Length: 03', 'Content-Length: 3,3') + 'abc',
    whole('abc', { 'content-length': '3' }),
  ],
  [
    'RFC 9112 7.1: the proxy forwards chunks without extensions and trailers',
    ok('Transfer-Encoding: chunked', 'Trailer: A') +
      '003;a="b"\r\nabc\r\nA\r\n0123456789\r\n00\r\nA: b\r\nContent-Length: 1\r\n\r\n',
    whole('abc0123456789', { 'transfer-encoding': 'chunked', trailer: undefined, a: undefined }),
  ],
  [
    'RFC 9112 4: the proxy adds the space after the status if the upstream omits it',
    'HTTP/1.1 204\r\n\r\n',
    { startLines: ['HTTP/1.1 204 '], body: '' },
  ],
  [
    'RFC 9110 2.5: the proxy forwards HTTP/1.0 as HTTP/1.1 and names it in Via',
    'HTTP/1.0 200 Fine \xe9\r\nContent-Length: 1\r\n\r\na',
    { startLines: ['HTTP/1.1 200 Fine \xe9'], body: 'a', fields: { via: '1.0 perch' } },
  ],
  [
    'RFC 9110 7.6.1: the proxy forwards neither hop-by-hop nor nominated fields',
    ok(
      'Connection: keep-alive, X-Mine',
      'X-Mine: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Upgrade: h2c',
      'TE: trailers',
      'X-Other:  2 ',
      'Content-Length: 0',
    ),
    whole('', {
      connection: undefined,
      'x-mine': undefined,
      'keep-alive': undefined,
      'proxy-connection': undefined,
      upgrade: undefined,
      te: undefined,
      'x-other': '2',
    }),
  ],
  [
    'RFC 9110 15.5.22: a 426 keeps its Upgrade',
    'HTTP/1.1 426 Upgrade Required\r\nUpgrade: a/1\r\nContent-Length: 0\r\n\r\n',
    {
      startLines: ['HTTP/1.1 426 Upgrade Required'],
      fields: { upgrade: 'a/1', connection: 'upgrade' },
    },
  ],
  [
    'RFC 9110 15.2: interim responses come before the final one, without a body, whatever they declare',
    'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\nContent-Length: 5\r\n\r\n' +
      'HTTP/1.1 102 Processing\r\nTransfer-Encoding: chunked\r\n\r\n' +
      (ok('Content-Length: 2') + 'ok'),
    {
      startLines: ['HTTP/1.1 103 Early Hints', 'HTTP/1.1 102 Processing', 'HTTP/1.1 200 OK'],
      body: 'ok',
    },
  ],
  [
    'RFC 9110 9.3.2: a response to HEAD declares a length and has no body',
    ok('Content-Length: 5'),
    { ...whole('', { 'content-length': '5' }), method: 'HEAD' },
  ],
  [
    'RFC 9110 9.3.2: a response to HEAD may declare chunks',
    ok('Transfer-Encoding: chunked'),
    { ...whole(''), method: 'HEAD' },
  ],
  [
    'RFC 9110 15.4.5: a 304 declares a length and has no body',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    { startLines: ['HTTP/1.1 304 Not Modified'], body: '', fields: { 'content-length': '5' } },
  ],
  [
    'RFC 9110 8.6: a 204 declares no length',
    'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    { startLines: ['HTTP/1.1 204 No Content'], body: '', fields: { 'content-length': undefined } },
  ],
  [
    'RFC 6265 3: each Set-Cookie stays a separate line, in order',
    ok('Set-Cookie: a=1, b', 'set-cookie: c=2', 'Content-Length: 0'),
    whole('', { 'set-cookie': 'a=1, b; next line: c=2' }),
  ],
];

test.each(cases)('%s, however the response arrives', async (_, response, expected) => {
  const scripts: (readonly Buffer[])[] = [];
  await using upstream = await RawUpstream.start((request, { socket }) => {
    const index = Number(/\/(\d+) /.exec(request.startLine)?.[1]);
    void (async () => {
      for (const part of scripts[index] ?? []) {
        socket.write(part);
        await turn();
        await turn();
      }
    })();
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const { method = 'GET' } = expected;
  await everyWay(response, async (parts) => {
    const index = scripts.push(parts) - 1;
    using client = await RawClient.connect(forwarder.port);
    await client.send(`${method} /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answers: Answer[] = [];
    for (const line of expected.startLines) {
      const answer = await client.response(method);
      expect(answer.startLine).toBe(line);
      answers.push(answer);
    }
    const last = answers.at(-1);
    if (expected.body !== undefined) expect(last?.body.toString('latin1')).toBe(expected.body);
    for (const [name, value] of Object.entries(expected.fields ?? {})) {
      expect([name, lines(last, name)]).toEqual([name, value]);
    }
    expect(client.text).toBe('');
  });
  expect(forwarder.outcomes.every(({ kind }) => kind === 'answered')).toBe(true);
});

function lines(answer: Answer | undefined, name: string): string | undefined {
  const values = answer?.fields.flatMap(([other, value]) =>
    other.toLowerCase() === name ? [value] : [],
  );
  return values?.length === 0 ? undefined : values?.join('; next line: ');
}
