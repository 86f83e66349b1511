import { once } from 'node:events';
import { createServer } from 'node:http';
import { test, expect } from 'vitest';
import { Pebble } from '../../support/acme/pebble.ts';
import { orderCertificate } from '../../../runtime/proxy/acme/order.ts';
import { readFile } from 'node:fs/promises';
import { crypto } from 'acme-client';

test('x', async () => {
  await using pebble = await Pebble.start({ badNoncePercent: 20 });
  let answer = '';
  const server = createServer((_, response) => response.end(answer)).listen(pebble.challengePort, '127.0.0.1');
  await once(server, 'listening');
  const key = (await crypto.createPrivateEcdsaKey('P-256')).toString();
  const input = { authority: { directoryUrl: pebble.directoryUrl, caPem: await readFile(pebble.caFile, 'utf8') }, account: { privateKeyPem: key }, host: 'shop.test' };
  const t = performance.now();
  const issued = await orderCertificate(input, { onAccount: console.log, publish: async (a) => { answer = a.keyAuthorization; } });
  console.log(performance.now() - t, issued, pebble.log);
  server.close();
  expect(1).toBe(1);
});
