import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { edgeService, EdgeStage, newSealingKey } from '../../support/acme/edge-stage.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { test as base } from '../../support/fixtures.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';

const host = 'shop.test';

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('stateDir', async ({}, { onCleanup }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-state-'));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

describe('certificates are kept', unless(whyNoPebble()), () => {
  test('by proxies when Redis is emptied: they store them again, and nobody orders', async ({
    server,
  }) => {
    await using pebble = await Pebble.start();
    await using stage = await EdgeStage.start({
      redisUrl: server.url,
      pebble,
      hosts: [host],
      // As in production, so that proxies whose connections broke are back.
      calmMs: 5_000,
    });
    const proxies = await Promise.all(['a', 'b'].map((id) => stage.startProxy({ id })));
    const [one, two] = proxies;
    const issued = await two?.untilCertified(host);
    // A proxy that has just started may become the orderer, and knows nothing yet.
    await one?.stop();
    await server.restartEmpty();
    const fresh = await stage.startProxy({ id: 'c' });
    expect((await fresh.untilCertified(host)).chainPem).toBe(issued?.chainPem);
    // The status is stored anew, so an orderer has looked at the host since.
    const status = await until(async () => {
      const found = await fresh.statusOf(host);
      return found?.notAfterMs !== undefined && found;
    });
    expect(status.nextOrderMs).toBeGreaterThan(Date.now());
    expect(pebble.orders).toBe(1);
  });

  test('on disk, so that a proxy starts without Redis, and a Redis without data gets them and the account back', async ({
    server,
    stateDir,
  }) => {
    await using pebble = await Pebble.start();
    const options = { redisUrl: server.url, pebble };
    {
      await using stage = await EdgeStage.start({ ...options, hosts: [host] });
      const proxy = await stage.startProxy({ id: 'a', stateDir });
      await proxy.untilCertified(host);
    }
    await server.stop();
    // Another host is to be certified now, by the same account.
    await using stage = await EdgeStage.start({ ...options, hosts: [host, 'new.test'] });
    const proxy = await stage.startProxy({ id: 'a', stateDir });
    expect(proxy.certificateOf(host)?.hosts).toEqual([host]);
    await server.restartEmpty();
    await proxy.untilCertified('new.test');
    expect(pebble.accounts).toBe(1);
    expect(pebble.orders).toBe(2);
  });

  test('when the sealing key is rotated: the orderer seals them anew with the first key', async ({
    sharedServer,
    redis,
  }) => {
    await using pebble = await Pebble.start();
    const [before, after] = [newSealingKey(), newSealingKey()];
    await using stage = await EdgeStage.start({
      redisUrl: sharedServer.url,
      pebble,
      hosts: [host],
      sealingKeys: [before],
    });
    const old = await stage.startProxy({ id: 'a' });
    const issued = await old.untilCertified(host);
    await old.stop();
    const rotated = await stage.startProxy({ id: 'b', sealingKeys: [after, before] });
    expect((await rotated.untilCertified(host)).chainPem).toBe(issued.chainPem);
    const newest = new EdgeRecords(redis, edgeService, new SealingKeys([after]));
    await until(async () => {
      const { records, unreadable } = await newest.read();
      return records.length === 2 && unreadable.length === 0;
    });
    expect(pebble.orders).toBe(1);
  });
});
