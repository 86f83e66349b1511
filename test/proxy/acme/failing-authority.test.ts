import { describe, expect } from 'vitest';
import { newAccountPath, newOrderPath } from '../../support/acme/authority-front.ts';
import { EdgeStage } from '../../support/acme/edge-stage.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { host, test } from './fixtures.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('an authority', unless(whyNoPebble()), () => {
  test('that is down is asked again after a pause, and then issues the certificate', async ({
    pebble,
    stage,
  }) => {
    await pebble.stop();
    const proxy = await stage.startProxy({ id: 'a' });
    const { lastFailure, nextOrderMs } = await proxy.untilFailed(host);
    expect(lastFailure).toMatchObject({ kind: 'unreachable' });
    expect(lastFailure?.text).toContain('ECONNREFUSED');
    expect(nextOrderMs).toBeGreaterThanOrEqual((lastFailure?.atMs ?? 0) + minuteMs);
    await pebble.start();
    stage.aheadMs = 2 * minuteMs;
    await proxy.untilCertified(host);
    await until(async () => (await proxy.statusOf(host))?.failures === 0);
  });

  test('that is slow delays its order alone: the orderer keeps its lease, and nobody else orders', async ({
    front,
    frontStage: stage,
    redis,
  }) => {
    const { promise: goOn, resolve } = Promise.withResolvers<undefined>();
    front.onRequest = (path) => (path === newOrderPath ? goOn : undefined);
    const proxies = await Promise.all(['a', 'b'].map((id) => stage.startProxy({ id })));
    await until(() => front.orders.length === 1);
    // A lease that is renewed lives longer than it did a moment before.
    let leastMs = Number.POSITIVE_INFINITY;
    await until(async () => {
      const leftMs = await redis.pttl('perch:shop:orderer');
      leastMs = Math.min(leastMs, leftMs);
      return leftMs > leastMs;
    });
    resolve(undefined);
    await Promise.all(proxies.map((proxy) => proxy.untilCertified(host)));
    expect(front.orders.length).toBe(1);
  });

  test('gets another order from another proxy if the one that orders stops in the middle', async ({
    front,
    frontStage: stage,
    redis,
  }) => {
    const { promise: never } = Promise.withResolvers<undefined>();
    front.onRequest = (path) => (path === newOrderPath ? never : undefined);
    const proxies = await Promise.all(['a', 'b'].map((id) => stage.startProxy({ id })));
    await until(() => front.orders.length === 1);
    front.onRequest = () => undefined;
    const orderer = (await redis.get('perch:shop:orderer'))?.startsWith('a ') ? 0 : 1;
    await proxies[orderer]?.stop();
    // Nobody waits for the end of the lease, nor for a pause: the order did not fail.
    await proxies[1 - orderer]?.untilCertified(host);
    expect(front.orders.length).toBe(2);
  });

  test('that limits its rate is left in peace for as long as it asks, and quoted', async ({
    front,
    frontStage: stage,
  }) => {
    const detail = 'too many new orders recently: see https://authority.test/rate-limits';
    const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail };
    front.onRequest = (path) =>
      path === newOrderPath
        ? { status: 429, headers: { 'retry-after': '7200' }, body: JSON.stringify(problem) }
        : undefined;
    const proxy = await stage.startProxy({ id: 'a' });
    const { lastFailure, nextOrderMs } = await proxy.untilFailed(host);
    expect(lastFailure).toMatchObject({
      kind: 'rate-limited',
      text: detail,
      retryAfterMs: 2 * hourMs,
    });
    expect(nextOrderMs).toBeGreaterThanOrEqual((lastFailure?.atMs ?? 0) + 2 * hourMs);
    front.onRequest = () => undefined;
    stage.aheadMs = 3 * hourMs;
    await proxy.untilCertified(host);
    expect(front.orders.length).toBe(2);
  });

  test('that refuses ten nonces of a request in a row is asked until it takes one, without another order', async ({
    front,
    frontStage: stage,
  }) => {
    let refused = 0;
    let asked = 0;
    const body = JSON.stringify({ type: 'urn:ietf:params:acme:error:badNonce' });
    front.onRequest = (path) => {
      // The first order looks for the account and makes it; a second one would look again.
      if (path === newAccountPath) asked += 1;
      if (path !== newOrderPath || refused === 10) return undefined;
      refused += 1;
      return { status: 400, headers: { 'content-type': 'application/problem+json' }, body };
    };
    const proxy = await stage.startProxy({ id: 'a' });
    await proxy.untilCertified(host);
    expect(refused).toBe(10);
    expect(asked).toBe(2);
  });

  test('that refuses one of three hosts, and finds another one elsewhere, certifies the third', async ({
    sharedServer,
    redis: _empty,
  }) => {
    await using pebble = await Pebble.start({ blocked: ['refused.test'] });
    await pebble.pointTo('elsewhere.test', '127.0.0.2');
    await using stage = await EdgeStage.start({
      redisUrl: sharedServer.url,
      pebble,
      hosts: ['refused.test', 'elsewhere.test', host],
    });
    const proxy = await stage.startProxy({ id: 'a' });
    await proxy.untilCertified(host);
    const refused = await proxy.untilFailed('refused.test');
    expect(refused.lastFailure).toMatchObject({ kind: 'refused', type: 'rejectedIdentifier' });
    expect(refused.lastFailure?.text).toContain('refused.test');
    const elsewhere = await proxy.untilFailed('elsewhere.test');
    expect(elsewhere.lastFailure).toMatchObject({
      kind: 'validation',
      found: '127.0.0.2',
      expected: '127.0.0.1',
    });
    // The authority has looked, so the answer to its challenge is gone.
    await until(() => proxy.link.report.challenges === undefined);
    expect(proxy.certificateOf('elsewhere.test')).toBeUndefined();
    // Somebody mends DNS: the next order need not wait for the end of its pause.
    await pebble.pointTo('elsewhere.test', '127.0.0.1');
    stage.aheadMs = 21 * minuteMs;
    await proxy.untilCertified('elsewhere.test');
  });

  test('that found no answer, and would look again if it were asked to, is quoted at once', async ({
    front,
    frontStage: stage,
  }) => {
    const error = { type: 'urn:ietf:params:acme:error:connection', detail: 'connection refused' };
    const identifier = { type: 'dns', value: host };
    const challenges = [{ type: 'http-01', status: 'pending', url: '', token: '', error }];
    let reads = 0;
    front.onRequest = (path) => {
      if (!path.startsWith('/authZ/')) return undefined;
      reads += 1;
      if (reads === 1) return undefined;
      const body = JSON.stringify({ status: 'pending', identifier, challenges });
      return { status: 200, headers: { 'content-type': 'application/json' }, body };
    };
    const proxy = await stage.startProxy({ id: 'a' });
    const { lastFailure } = await proxy.untilFailed(host);
    // Another kind would stop the orders of all hosts.
    expect(lastFailure).toMatchObject({
      kind: 'validation',
      text: error.detail,
      found: '127.0.0.1',
    });
  });

  test('that wants an external account binding is said to be unsupported', async ({
    sharedServer,
    redis: _empty,
  }) => {
    await using pebble = await Pebble.start({ requiresBinding: true });
    await using stage = await EdgeStage.start({
      redisUrl: sharedServer.url,
      pebble,
      hosts: [host],
    });
    const proxy = await stage.startProxy({ id: 'a' });
    const { lastFailure } = await proxy.untilFailed(host);
    expect(lastFailure).toMatchObject({ kind: 'account', type: 'externalAccountRequired' });
    expect(lastFailure?.text).toContain('Perch does not support');
  });
});
