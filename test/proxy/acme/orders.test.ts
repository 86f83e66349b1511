import { X509Certificate } from 'node:crypto';
import { describe, expect } from 'vitest';
import { EdgeStage } from '../../support/acme/edge-stage.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { test } from '../../support/fixtures.ts';
import { unless } from '../../support/skip.ts';

describe('orders of certificates', unless(whyNoPebble()), () => {
  test('two proxies get a certificate for each host by one order, and both answer the challenge', async ({
    sharedServer,
    redis,
  }) => {
    await using pebble = await Pebble.start({ badNoncePercent: 50 });
    const hosts = ['shop.test', 'www.shop.test'];
    await using stage = await EdgeStage.start({ redisUrl: sharedServer.url, pebble, hosts });
    const proxies = await Promise.all(['a', 'b'].map((id) => stage.startProxy({ id })));
    for (const host of hosts) {
      const [first, second] = await Promise.all(proxies.map((proxy) => proxy.untilCertified(host)));
      expect(second).toEqual(first);
      const leaf = new X509Certificate(first?.chainPem ?? '');
      expect(leaf.checkHost(host)).toBe(host);
      expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    }
    expect(pebble.orders).toBe(2);
    expect(pebble.accounts).toBe(1);
    // Whoever reads Redis gets no key.
    const stored = JSON.stringify(await redis.hgetall('perch:shop:certificates'));
    expect(stored).not.toContain('PRIVATE KEY');
  });
});
