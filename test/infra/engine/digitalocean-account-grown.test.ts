import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { changedHostVariable } from '../../../infra/config/changed-host.ts';
import type { DigitalOceanApi } from './support/digitalocean/api.ts';
import { exampleStack, stackIn, startUsedAccount } from './support/digitalocean/used-account.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoLongTest, whyNoRealPlugin } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoLongTest() ?? whyNoRealPlugin('digitalocean');

describe('A DigitalOcean account with a prod stack and its canary stack', unless(reason), () => {
  let api: DigitalOceanApi;
  let engine: Engine;
  let prod: Stack;
  let canary: Stack;

  /** Destroys a stack. Deleting a login would revoke it at an address that no setting changes. */
  async function destroy(stack: Stack): Promise<void> {
    await stack.retain(
      'digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials',
    );
    expect((await stack.destroy()).output).not.toContain('error');
  }

  beforeAll(async () => {
    api = await startUsedAccount();
    engine = await Engine.start(['digitalocean']);
    prod = await stackIn(api, engine, { name: 'prod', yaml: exampleStack('prod') });
    canary = await stackIn(api, engine, { name: 'canary', yaml: exampleStack('canary') });
    for (const stack of [prod, canary]) {
      expect((await stack.up()).output).not.toContain('error');
    }
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  test('is left alone by an update without a change', async () => {
    expect((await prod.upBySteps()).steps.filter(({ operation }) => operation !== 'same')).toEqual(
      [],
    );
  });

  test('takes a second service, which uses the registry of the first', async () => {
    const registry = String(api.account.of('registry').all[0]?.['name']);
    const yaml = exampleStack('prod')
      .replace('perch:hostCount: 2', 'perch:hostCount: 1')
      .replace(
        'perch:service: shop',
        `perch:service: blog\n  perch:registry: registry.digitalocean.com/${registry}`,
      );
    const blog = await stackIn(api, engine, { name: 'blog', yaml });
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
