import { expect, test } from 'vitest';
import { Forwarder } from './support/forwarder.ts';
import { RawClient } from './support/raw-client.ts';
import { RawOrigin } from './support/raw-origin.ts';
import { value } from './support/strict-reader.ts';

test('RFC 9112 3.2.2: an absolute-form target of HTTP/1.0 without Host becomes the Host', async () => {
  await using origin = await RawOrigin.start();
  await using forwarder = await Forwarder.start({ origins: [origin.port] });
  using client = await RawClient.open(forwarder.port);
  await client.send('GET http://b/c HTTP/1.0\r\n\r\n');
  expect((await client.response()).status).toBe(200);
  expect(value(origin.request, 'host')).toBe('b');
  expect(origin.request.startLine).toBe('GET /c HTTP/1.1');
});
