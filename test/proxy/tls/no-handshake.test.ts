import { expect, test } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { until } from '../../support/until.ts';
import { startTlsGateway } from './support/tls-gateway.ts';

test.each([
  ['plain-http', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['malformed', 'no TLS at all, and long enough to be sure of it'],
  ['closed', '\x16\x03\x01'],
])('bytes that are no handshake count as %s', async (fault, bytes) => {
  await using secure = await startTlsGateway();
  using client = await RawClient.connect(secure.port);
  await client.send(bytes);
  client.halfClose();
  await client.untilEnd();
  await until(() => secure.handshakes.length > 0, { what: 'the handshake to fail' });
  expect(secure.handshakes).toEqual([fault]);
});

test.each(['GET', 'HEAD', 'POST'])('http without TLS is answered: %s', async (method) => {
  await using secure = await startTlsGateway();
  using client = await RawClient.connect(secure.port);
  await client.send(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
  await client.untilEnd();
  expect(client.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close\r\n/);
  expect(client.text).toMatch(/\r\n\r\nThis port answers by https only\.\n$/);
});

test('http without TLS is not answered once TLS has begun', async () => {
  await using secure = await startTlsGateway();
  using client = await RawClient.connect(secure.port);
  await client.send('\x16\x03\x01', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.untilEnd();
  expect(client.text).not.toContain('HTTP/1.1');
});
