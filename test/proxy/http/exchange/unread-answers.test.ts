import { expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

const size = 20_000;
const requests = 1_500;
const count = 4;

/** Starts an upstream whose bodies name the client that they are for. */
async function startUpstream(): Promise<RawUpstream> {
  return await RawUpstream.start((request, { socket }) => {
    const client = /\/(\d+) /.exec(request.startLine)?.[1] ?? '';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${client.repeat(size)}`);
  });
}

test('RFC 9112 9.3.2: pipelined requests wait while their responses are unread, and none is mixed up', async () => {
  await using upstream = await startUpstream();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const clients = await Promise.all(
    Array.from({ length: count }, () => RawClient.connect(forwarder.port)),
  );
  for (const [index, { socket }] of clients.entries()) {
    socket.pause();
    socket.write(`GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(requests));
  }
  let before = -1;
  await until(
    () => {
      const isStill = upstream.requests.length === before;
      before = upstream.requests.length;
      return isStill && before > count;
    },
    { what: 'the proxy to send no more requests', everyMs: 300 },
  );
  expect(upstream.requests.length).toBeLessThan(count * requests);
  for (const [index, client] of clients.entries()) {
    client.socket.resume();
    for (let answer = 0; answer < requests; answer += 1) {
      const { body } = await client.response();
      expect(body.equals(Buffer.alloc(size, String(index)))).toBe(true);
    }
    client[Symbol.dispose]();
  }
}, 60_000);

test('the proxy cuts off a client that leaves its last response unread', async () => {
  await using upstream = await startUpstream();
  await using forwarder = await Forwarder.start({
    upstreams: [upstream.port],
    limits: { clientStallTimeoutMs: 300, keepAliveTimeoutMs: 300 },
  });
  using client = await RawClient.connect(forwarder.port);
  client.socket.pause();
  client.socket.write('GET /0 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests));
  await until(() => forwarder.server.stats.connections === 1);
  await until(() => forwarder.server.stats.connections === 0, { what: 'the connection to be cut' });
});
