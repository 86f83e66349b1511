import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { startServers } from './support/answering-servers.ts';
import type { DigitalOceanApi } from './support/digitalocean/api.ts';
import { exampleStack, stackIn, startUsedAccount } from './support/digitalocean/used-account.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugin } from './support/plugins.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const reason = whyNoRealPlugin('digitalocean');

/** Resources of a whole prod stack. */
const wholeProd = {
  droplet: 2,
  firewall: 2,
  key: 1,
  project: 1,
  registry: 1,
  'reserved ip': 1,
  tag: 1,
  vpc: 1,
};

describe('A DigitalOcean account that people use already', unless(reason), () => {
  let api: DigitalOceanApi;
  let engine: Engine;
  let prod: Stack;

  beforeAll(async () => {
    api = await startUsedAccount();
    engine = await Engine.start(['digitalocean']);
    prod = await stackIn(api, engine, { name: 'prod', yaml: exampleStack('prod') });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  test('takes a prod stack, though it has the key and the range of before', async () => {
    const run = await prod.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toEqual({ ...wholeProd, key: 2, vpc: 2 });
  });

  test('takes the canary stack of the same user', async () => {
    const canary = await stackIn(api, engine, { name: 'canary', yaml: exampleStack('canary') });
    const run = await canary.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toMatchObject({ droplet: 3, key: 3, vpc: 2 });
  });

  test('gets a droplet again that somebody has deleted, as any other host', async () => {
    const { hosts } = (await prod.outputs()) as { hosts: Readonly<Record<string, string>> };
    const address = hosts['prod-1'] ?? '';
    await startServers(engine, { stack: prod, dead: [address] });
    await remove(address);
    const run = await engine.host(['replace', 'prod-1', '--stack', 'prod']);
    expect(run.output).toContain('host prod-1 is replaced');
    expect((await prod.up()).output).not.toContain('error');
  });

  /** Deletes the droplet with this address, as a person does. */
  async function remove(address: string): Promise<void> {
    const droplets = api.account.of('droplet').all;
    const droplet = droplets.find((one) => JSON.stringify(one).includes(`"${address}"`));
    const answer = await fetch(`${api.url}/v2/droplets/${String(droplet?.['id'])}`, {
      method: 'DELETE',
    });
    expect(answer.status).toBe(204);
  }
});
