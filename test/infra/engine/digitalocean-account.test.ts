import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { changedHostVariable } from '../../../infra/config/changed-host.ts';
import { sshPrivateKey, sshPublicKey } from '../../support/pulumi/ssh-keys.ts';
import { DigitalOceanApi } from './support/digitalocean/api.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoLongTest, whyNoRealPlugin } from './support/plugins.ts';
import { shippedStack } from './support/shipped-stacks.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoLongTest() ?? whyNoRealPlugin('digitalocean');
const example = (role: string) => shippedStack(`docs/examples/Pulumi.${role}.digitalocean.yaml`);

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
  let canary: Stack;

  async function newStack(name: string, yaml: string): Promise<Stack> {
    const text = yaml.replace('config:\n', `config:\n  digitalocean:apiEndpoint: ${api.url}\n`);
    return await engine.stack(name, text, { sshPrivateKey });
  }

  /** Destroys a stack. Deleting a login would revoke it at an address that no setting changes. */
  async function destroy(stack: Stack): Promise<void> {
    await stack.retain(
      'digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials',
    );
    expect((await stack.destroy()).output).not.toContain('error');
  }

  async function call(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${api.url}/v2/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }

  beforeAll(async () => {
    api = await DigitalOceanApi.start();
    engine = await Engine.start(['digitalocean']);
    await call('account/keys', { name: 'laptop', public_key: sshPublicKey });
    await call('vpcs', { name: 'other', region: 'fra1', ip_range: '10.43.0.0/20' });
    prod = await newStack('prod', example('prod'));
    canary = await newStack('canary', example('canary'));
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

  test('is left alone by an update without a change', async () => {
    expect((await prod.upBySteps()).steps.filter(({ operation }) => operation !== 'same')).toEqual(
      [],
    );
  });

  test('takes the canary stack of the same user', async () => {
    const run = await canary.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toMatchObject({ droplet: 3, key: 3, vpc: 2 });
  });

  test('takes a second service, which uses the registry of the first', async () => {
    const registry = String(api.account.of('registry').all[0]?.['name']);
    const yaml = example('prod')
      .replace('perch:hostCount: 2', 'perch:hostCount: 1')
      .replace(
        'perch:service: shop',
        `perch:service: blog\n  perch:registry: registry.digitalocean.com/${registry}`,
      );
    const blog = await newStack('blog', yaml);
    const run = await blog.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toMatchObject({ droplet: 4, key: 4, vpc: 3, registry: 1 });
    await destroy(blog);
  });

  test('gives one droplet another size in place, and leaves the other as it is', async () => {
    await prod.configure('size', 's-2vcpu-4gb');
    // As `npx perch host resize` does for one host after the other.
    vi.stubEnv(changedHostVariable, 'prod-0');
    const run = await prod.up();
    vi.unstubAllEnvs();
    await prod.must(['config', 'rm', '--stack', 'prod', 'perch:size']);
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    const droplets = api.account
      .of('droplet')
      .all.map((droplet) => [
        String(droplet['name']).replace(/-[^-]*$/, ''),
        droplet['size_slug'],
        droplet['status'],
      ]);
    expect(Object.fromEntries(droplets.map(([name, ...state]) => [name, state]))).toMatchObject({
      'shop-prod-0': ['s-2vcpu-4gb', 'active'],
      'shop-prod-1': ['s-1vcpu-2gb', 'active'],
    });
  });

  test('takes two proxies with a domain and managed Valkey', async () => {
    for (const [key, value] of Object.entries({
      proxyCount: '2',
      domain: 'shop.perch.internal',
      redis: 'managed',
    })) {
      await prod.configure(key, value);
    }
    const run = await prod.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toMatchObject({
      'load balancer': 1,
      certificate: 1,
      'domain record': 1,
      database: 1,
    });
  });

  test('takes a certificate for two hosts, each with its record', async () => {
    await prod.must(['config', 'rm', '--stack', 'prod', 'perch:domain']);
    for (const [index, host] of ['shop.perch.internal', 'perch.internal'].entries()) {
      const path = `perch:hosts[${index}]`;
      await prod.must(['config', 'set', '--stack', 'prod', '--path', path, host]);
    }
    await prod.configure('dnsZone', 'perch.internal');
    const run = await prod.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    expect(api.account.counts).toMatchObject({ certificate: 1, 'domain record': 2 });
  });

  test('takes two proxies that serve https at reserved addresses, without a load balancer', async () => {
    await prod.must(['config', 'rm', '--stack', 'prod', 'perch:dnsZone']);
    await prod.configure('tls', 'acme');
    const run = await prod.up();
    expect(api.refused).toEqual([]);
    expect(run.output).not.toContain('error');
    const { counts } = api.account;
    expect(counts['reserved ip']).toBe(2);
    expect(counts['load balancer'] ?? 0).toBe(0);
    expect(counts['domain record'] ?? 0).toBe(0);
    const rules = JSON.stringify(api.account.of('firewall').all);
    for (const port of ['80', '443']) expect(rules).toContain(`"ports":"${port}"`);
  });

  test('is what it was before once the stacks are destroyed', async () => {
    await destroy(canary);
    await destroy(prod);
    expect(api.refused).toEqual([]);
    expect(api.account.counts).toEqual({ key: 1, vpc: 1 });
  });
});
