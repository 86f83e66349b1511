import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { everyWay } from '../support/deliveries.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

type Case = readonly [rule: string, response: string];

const ok = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');

const heads: Case[] = [
  ['RFC 9112 4: no status line', 'hello\r\n\r\n'],
  ['RFC 9112 4: HTTP/0.9', '<html></html>\r\n\r\n'],
  ['RFC 9112 4: an empty line before the status line', `\r\n${ok('Content-Length: 0')}`],
  ['RFC 9112 4: a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9112 4: a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9110 15: a status below 100', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9110 15: a status above 599', 'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9112 4: two spaces before the status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9110 2.5: another major version', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9112 2.2: a bare LF after the status line', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['RFC 9112 2.2: a bare LF after a field', 'HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n'],
  ['RFC 9112 2.2: a bare CR in a field', ok('Content-Length: 0', 'A: b\rc')],
  ['RFC 9112 4: a control byte in the reason', 'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n'],
  ['RFC 9110 5.5: a NUL in a field', ok('Content-Length: 0', 'A: b\0c')],
  ['RFC 9112 5.2: a folded line', ok('Content-Length: 0', 'A: b', ' c')],
  ['RFC 9112 5.1: a space before the colon', ok('Content-Length : 0')],
  ['RFC 9112 5: a line without a colon', ok('Content-Length: 0', 'abc')],
  ['RFC 9110 5.1: a name that is no token', ok('Content-Length: 0', 'a(b): c')],
  ['RFC 9112 6.3: differing Content-Lengths', ok('Content-Length: 0', 'Content-Length: 1')],
  ['RFC 9110 8.6: a Content-Length that is no number', ok('Content-Length: 0x0')],
  ['RFC 9112 6.3: both framings', ok('Content-Length: 0', 'Transfer-Encoding: chunked')],
  ['RFC 9112 6.1: an unknown coding', ok('Transfer-Encoding: gzip, chunked')],
  ['RFC 9112 6.1: chunked not last', ok('Transfer-Encoding: chunked, gzip')],
  [
    'RFC 9112 6.1: Transfer-Encoding in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'RFC 9110 7.6.1: Connection that nominates Content-Length',
    ok('Connection: content-length', 'Content-Length: 0'),
  ],
  [
    'RFC 9110 15.2.2: a 101 that was not asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n',
  ],
];

const okChunked = ok('Transfer-Encoding: chunked');

const bodies: Case[] = [
  ['RFC 9112 7.1: a chunk size that is none', `${okChunked}x\r\n`],
  ['RFC 9112 7.1: a chunk with more data than its size', `${okChunked}1\r\nabc\r\n0\r\n\r\n`],
  ['RFC 9112 7.1: a chunk that ends in a bare LF', `${okChunked}1\r\na\n0\r\n\r\n`],
  ['RFC 9112 7.1: a chunk size of seventeen digits', `${okChunked}00000000000000001\r\na\r\n`],
];

const surplus: Case[] = [
  ['RFC 9112 6.3: a response after a response', `${ok('Content-Length: 0')}${ok()}`],
  ['RFC 9112 6.3: a byte beyond Content-Length', `${ok('Content-Length: 1')}ab`],
  ['RFC 9112 6.3: a byte after the last chunk', `${okChunked}0\r\n\r\n!`],
  ['RFC 9112 6.3: a body in a 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\na'],
  ['RFC 9112 6.3: a body in a 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\na'],
];

/** An origin that answers each request with the parts that stand under its target. */
function startScripted(script: Map<string, readonly Buffer[]>): Promise<RawUpstream> {
  return RawUpstream.start((request, { socket }) => {
    const [, target = ''] = request.startLine.split(' ');
    void write(socket, script.get(target) ?? []);
  });
}

/** A request that is answered with these parts. */
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

describe('a response whose head breaks a rule is answered with 502, however it arrives', () => {
  test.each(heads)('%s', async (_, response) => {
    const script = new Map<string, readonly Buffer[]>();
    await using upstream = await startScripted(script);
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    let attempts = 0;
    await everyWay(response, async (parts) => {
      attempts += 1;
      using client = await RawClient.open(forwarder.port);
      await client.send(requestFor(script, parts));
      expect((await client.response()).status).toBe(502);
    });
    expect(new Set(forwarder.refusals)).toEqual(new Set(['origin-malformed']));
    expect(forwarder.outcomes).toHaveLength(attempts);
    expect(upstream.connections, 'no connection is used again').toHaveLength(attempts);
  });
});

describe('a response whose body breaks a rule is cut off, however it arrives', () => {
  test.each(bodies)('%s', async (_, response) => {
    const script = new Map<string, readonly Buffer[]>();
    await using upstream = await startScripted(script);
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    let attempts = 0;
    await everyWay(response, async (parts) => {
      attempts += 1;
      using client = await RawClient.open(forwarder.port);
      await client.send(requestFor(script, parts));
      // Either nothing had been sent on yet, or what was must not look whole.
      const answer = await client.response().catch(() => 'cut off');
      if (typeof answer === 'string') expect(client.closed).toBe(true);
      else expect(answer.status).toBe(502);
    });
    expect(upstream.connections).toHaveLength(attempts);
    expect(forwarder.outcomes.every(({ kind }) => kind === 'upstream-fault')).toBe(true);
  });
});

describe('what comes after a whole response reaches no client, and the connection is given up', () => {
  test.each(surplus)('%s', async (_, response) => {
    const script = new Map<string, readonly Buffer[]>();
    await using upstream = await startScripted(script);
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    let attempts = 0;
    await everyWay(
      response,
      async (parts) => {
        attempts += 1;
        using client = await RawClient.open(forwarder.port);
        await client.send(requestFor(script, parts));
        const { status } = await client.response();
        expect([200, 204, 304]).toContain(status);
        await until(() => upstream.connections.every(({ closed }) => closed), { everyMs: 1 });
        expect(client.rest).toBe('');
        // One at a time: no proxy can tell a late byte from the answer to a next request.
      },
      1,
    );
    expect(forwarder.outcomes).toHaveLength(attempts);
  });
});
