import { expect, test } from 'vitest';
import { Forwarder } from './support/forwarder.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { RawUpstream } from './support/raw-upstream.ts';
import { value } from '../../support/http/strict-reader.ts';

test('RFC 9112 3.2.2: the authority of an absolute-form target becomes the Host of an HTTP/1.0 request without Host', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send('GET http://b/c HTTP/1.0\r\n\r\n');
  expect((await client.response()).status).toBe(200);
  expect(value(upstream.request, 'host')).toBe('b');
  expect(upstream.request.startLine).toBe('GET /c HTTP/1.1');
});
