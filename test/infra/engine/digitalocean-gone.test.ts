import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';
import { unless } from '../../support/skip.ts';
import { startServers } from './support/answering-servers.ts';
import { DigitalOceanApi } from './support/digitalocean/api.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugin } from './support/plugins.ts';
import { shippedStack } from './support/shipped-stacks.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const reason = whyNoRealPlugin('digitalocean');

describe('A droplet that DigitalOcean has no more', unless(reason), () => {
  let api: DigitalOceanApi;
  let engine: Engine;
  let prod: Stack;

  beforeAll(async () => {
    api = await DigitalOceanApi.start();
    engine = await Engine.start(['digitalocean']);
    const yaml = shippedStack('docs/examples/Pulumi.prod.digitalocean.yaml');
    const text = yaml.replace('config:\n', `config:\n  digitalocean:apiEndpoint: ${api.url}\n`);
    prod = await engine.stack('prod', text, { sshPrivateKey });
    expect((await prod.up()).output).not.toContain('error');
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  test('is replaced as any other host', async () => {
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
