import { expect, test } from 'vitest';
import { hopByHopNames } from '../../../../runtime/proxy/http/message/field-kind.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

test('RFC 9110 7.6.1: the list of hop-by-hop fields has all that the standard names, and Trailer', () => {
  const named = ['connection', 'proxy-connection', 'keep-alive', 'te', 'transfer-encoding'];
  expect([...hopByHopNames].sort()).toEqual([...named, 'trailer', 'upgrade'].sort());
});

/** Connection and Transfer-Encoding have values that mean something to the engine. */
const others = [...hopByHopNames].filter(
  (name) => !['connection', 'transfer-encoding'].includes(name),
);

test.each(others)(
  'RFC 9110 7.6.1: neither a request nor a response is forwarded with its %s, nominated or not',
  async (name) => {
    await using upstream = await RawUpstream.start((_, { socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${name}: x\r\nContent-Length: 0\r\n\r\n`);
    });
    await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
    using client = await RawClient.connect(forwarder.port);
    for (const nomination of ['', `Connection: ${name === 'upgrade' ? 'close' : name}\r\n`]) {
      await client.send(`GET / HTTP/1.1\r\nHost: a\r\n${nomination}${name}: x\r\n\r\n`);
      const { fields } = await client.response();
      expect(fields.map(([field]) => field.toLowerCase())).not.toContain(name);
    }
    expect(upstream.requests).toHaveLength(2);
    for (const { fields } of upstream.requests) {
      expect(fields.map(([field]) => field.toLowerCase())).not.toContain(name);
    }
  },
);
