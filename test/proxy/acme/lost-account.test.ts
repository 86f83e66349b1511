import { Agent } from 'node:https';
import { axios, Client } from 'acme-client';
import { describe, expect } from 'vitest';
import { accountName, accountReplacedMs } from '../../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { edgeService, EdgeStage, newSealingKey } from '../../support/acme/edge-stage.ts';
import { whyNoPebble, type Pebble } from '../../support/acme/pebble.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { host, test } from './fixtures.ts';

const dayMs = 86_400_000;

async function deactivate(pebble: Pebble, accountKey: string): Promise<void> {
  axios.defaults.httpsAgent = new Agent({ ca: pebble.caCertificate });
  const client = new Client({ directoryUrl: pebble.directoryUrl, accountKey });
  await client.createAccount({ onlyReturnExisting: true });
  await client.updateAccount({ status: 'deactivated' });
}

describe('an account', unless(whyNoPebble()), () => {
  test('that somebody deactivated at the authority is replaced once a day at most, and the renewal goes on', async ({
    pebble,
    redis,
    sharedServer,
  }) => {
    const sealingKey = newSealingKey();
    const records = new EdgeRecords(redis, edgeService, new SealingKeys([sealingKey]));
    const account = async () => {
      const name = accountName(pebble.directoryUrl);
      return (await records.read()).records.find((record) => record.name === name);
    };
    const hosts = [host];
    await using stage = await EdgeStage.start({
      redisUrl: sharedServer.url,
      pebble,
      hosts,
      sealingKeys: [sealingKey],
    });
    const proxy = await stage.startProxy({ id: 'a' });
    const first = await proxy.untilCertified(host);
    const before = await account();
    await deactivate(pebble, before?.secret ?? '');
    stage.aheadMs = 62 * dayMs;
    await until(() => proxy.certificateOf(host)?.chainPem !== first.chainPem, {
      what: 'a renewed certificate',
    });
    expect(pebble.accounts).toBe(2);
    const after = await account();
    expect(after?.secret).not.toBe(before?.secret);
    expect(accountReplacedMs(after ?? { open: {} })).toBeGreaterThan(Date.now() + 61 * dayMs);

    // The new one is refused as well, and no order of that day makes a third one.
    await deactivate(pebble, after?.secret ?? '');
    hosts.push('www.shop.test');
    const { lastFailure } = await proxy.untilFailed('www.shop.test');
    expect(lastFailure).toMatchObject({ kind: 'account', type: 'unauthorized' });
    expect(lastFailure?.text).toMatch(
      /^the authority refuses the account that replaced another one: .*; a proxy makes no new one before 20/,
    );
    expect(pebble.accounts).toBe(2);
  });
});
