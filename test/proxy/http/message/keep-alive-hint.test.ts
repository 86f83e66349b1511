import { expect, test } from 'vitest';
import { keepAliveHintMs } from '../../../../runtime/proxy/http/message/keep-alive-hint.ts';
import { until } from '../../../support/until.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

test.each([
  ['timeout=5', 4_000],
  ['timeout=5, max=100', 4_000],
  ['max=100, TIMEOUT = "72"', 71_000],
  ['timeout=1', 500],
  ['timeout=0', 0],
  ['max=5', Infinity],
  ['xtimeout=5', Infinity],
  ['timeout=soon', Infinity],
])('RFC 2068 19.7.1: Keep-Alive "%s" keeps a connection for %d ms', (value, keptMs) => {
  expect(keepAliveHintMs(value)).toBe(keptMs);
});

test('the proxy closes a connection before the time at which its upstream says it will', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n');
  });
  await using forwarder = await Forwarder.start({
    upstreams: [upstream.port],
    limits: { idleOriginTimeoutMs: 3_600_000 },
  });
  using client = await RawClient.connect(forwarder.port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect((await client.response()).status).toBe(200);
  await until(() => upstream.connections[0]?.closed);
});
