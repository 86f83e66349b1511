import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

type Case = readonly [rule: string, response: string];

const ok = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');

const heads: Case[] = [
  ['no status line (RFC 9112 4)', 'hello\r\n\r\n'],
  ['the format of HTTP/0.9 (RFC 9112 4)', '<html></html>\r\n\r\n'],
  ['an empty line before the status line (RFC 9112 4)', `\r\n${ok('Content-Length: 0')}`],
  ['a status of two digits (RFC 9112 4)', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of four digits (RFC 9112 4)', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status below 100 (RFC 9110 15)', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status above 599 (RFC 9110 15)', 'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n'],
  ['two spaces before the status (RFC 9112 4)', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['another major version (RFC 9110 2.5)', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a bare LF after the status line (RFC 9112 2.2)', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['a bare LF after a field (RFC 9112 2.2)', 'HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n'],
  ['a bare CR in a field (RFC 9112 2.2)', ok('Content-Length: 0', 'A: b\rc')],
  ['a control byte in the reason (RFC 9112 4)', 'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n'],
  ['a NUL in a field (RFC 9110 5.5)', ok('Content-Length: 0', 'A: b\0c')],
  ['a folded line (RFC 9112 5.2)', ok('Content-Length: 0', 'A: b', ' c')],
  ['a space before the colon (RFC 9112 5.1)', ok('Content-Length : 0')],
  ['a line without a colon (RFC 9112 5)', ok('Content-Length: 0', 'abc')],
  ['a name that is no token (RFC 9110 5.1)', ok('Content-Length: 0', 'a(b): c')],
  ['differing Content-Lengths (RFC 9112 6.3)', ok('Content-Length: 0', 'Content-Length: 1')],
  ['a Content-Length that is no number (RFC 9110 8.6)', ok('Content-Length: 0x0')],
  ['both framings (RFC 9112 6.3)', ok('Content-Length: 0', 'Transfer-Encoding: chunked')],
  ['an unknown coding (RFC 9112 6.1)', ok('Transfer-Encoding: gzip, chunked')],
  ['chunked not last (RFC 9112 6.1)', ok('Transfer-Encoding: chunked, gzip')],
  [
    'Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1)',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'Connection that nominates Content-Length (RFC 9110 7.6.1)',
    ok('Connection: content-length', 'Content-Length: 0'),
  ],
  [
    'a 101 that was not asked for (RFC 9110 15.2.2)',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n',
  ],
];

const okChunked = ok('Transfer-Encoding: chunked');

const bodies: Case[] = [
  ['an invalid chunk size (RFC 9112 7.1)', `${okChunked}x\r\n`],
  ['a chunk with more data than its size (RFC 9112 7.1)', `${okChunked}1\r\nabc\r\n0\r\n\r\n`],
  ['a chunk that ends in a bare LF (RFC 9112 7.1)', `${okChunked}1\r\na\n0\r\n\r\n`],
  ['a chunk size of seventeen digits (RFC 9112 7.1)', `${okChunked}00000000000000001\r\na\r\n`],
];

const surplus: Case[] = [
  ['a response after a response (RFC 9112 6.3)', `${ok('Content-Length: 0')}${ok()}`],
  ['a byte beyond Content-Length (RFC 9112 6.3)', `${ok('Content-Length: 1')}ab`],
  ['a byte after the last chunk (RFC 9112 6.3)', `${okChunked}0\r\n\r\n!`],
  ['a body in a 204 (RFC 9112 6.3)', 'HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\na'],
  ['a body in a 304 (RFC 9112 6.3)', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\na'],
];

/** Starts an upstream that answers each request with the parts for its target. */
function startScripted(script: Map<string, readonly Buffer[]>): Promise<RawUpstream> {
  return RawUpstream.start((request, { socket }) => {
    const [, target = ''] = request.startLine.split(' ');
    void write(socket, script.get(target) ?? []);
  });
}

/** Returns a request that is answered with these parts. */
function requestFor(script: Map<string, readonly Buffer[]>, parts: readonly Buffer[]): string {
  const target = `/${script.size}`;
  script.set(target, parts);
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

async function write(socket: Socket, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    socket.write(part);
    await turn();
    await turn();
  }
}

test.each(heads)(
  'the proxy answers 502 to a response with %s, however it arrives',
  async (_, response) => {
    const script = new Map<string, readonly Buffer[]>();
    await using upstream = await startScripted(script);
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    let attempts = 0;
    await everyWay(response, async (parts) => {
      attempts += 1;
      using client = await RawClient.connect(forwarder.port);
      await client.send(requestFor(script, parts));
      expect((await client.response()).status).toBe(502);
    });
    expect(new Set(forwarder.refusals)).toEqual(new Set(['origin-malformed']));
    expect(forwarder.outcomes).toHaveLength(attempts);
    expect(upstream.connections, 'no connection is reused').toHaveLength(attempts);
  },
);

test.each(bodies)(
  'the proxy cuts off a response with %s, however it arrives',
  async (_, response) => {
    const script = new Map<string, readonly Buffer[]>();
    await using upstream = await startScripted(script);
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    let attempts = 0;
    await everyWay(response, async (parts) => {
      attempts += 1;
      using client = await RawClient.connect(forwarder.port);
      await client.send(requestFor(script, parts));
      // Either nothing was sent yet, or the part that was sent must not look complete.
      const answer = await client.response().catch(() => 'cut off');
      if (typeof answer === 'string') expect(client.hasClosed).toBe(true);
      else expect(answer.status).toBe(502);
    });
    expect(upstream.connections).toHaveLength(attempts);
    expect(forwarder.outcomes.every(({ kind }) => kind === 'upstream-fault')).toBe(true);
  },
);

test.each(surplus)('the proxy drops %s, and closes the connection', async (_, response) => {
  const script = new Map<string, readonly Buffer[]>();
  await using upstream = await startScripted(script);
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  let attempts = 0;
  await everyWay(
    response,
    async (parts) => {
      attempts += 1;
      using client = await RawClient.connect(forwarder.port);
      await client.send(requestFor(script, parts));
      const { status } = await client.response();
      expect([200, 204, 304]).toContain(status);
      await until(() => upstream.connections.every(({ closed }) => closed), { everyMs: 1 });
      expect(client.text).toBe('');
      // One at a time: no proxy can tell a late byte from the answer to a next request.
    },
    1,
  );
  expect(forwarder.outcomes).toHaveLength(attempts);
});
