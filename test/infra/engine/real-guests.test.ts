import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { askHost, HostLoad } from './support/host-load.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const services = { shop: 'real-guests-shop', blog: 'real-guests-blog' };
const hosts = { shop: 'shop.perch.internal', blog: 'blog.perch.internal' };

describe('Two services on one server', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let shop: Stack;
  let blog: Stack;
  let port: number;

  beforeAll(async () => {
    const engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    const sshd = started.use(await startSshd());
    const settings = await realSettings(services.shop);
    port = settings.httpPort;
    const secrets = { sshPrivateKey: sshd.privateKey };
    const shared = { role: 'prod', target: 'server', tls: 'none', stableCount: 2 };
    const shopYaml = stackYaml({
      ...settings,
      ...shared,
      hosts: [hosts.shop],
      servers: [serverOf(sshd)],
      registry: registry.address,
    });
    shop = await engine.stack('guests-shop', shopYaml, secrets);
    const blogYaml = stackYaml({
      ...shared,
      service: services.blog,
      hosts: [hosts.blog],
      hostStack: 'organization/perch/guests-shop',
      version: 'v1',
      startTimeoutSeconds: 120,
    });
    blog = await engine.stack('guests-blog', blogYaml, secrets);
  });
  afterAll(async () => {
    await blog.destroy();
    await shop.destroy();
    await started.disposeAsync();
  });

  test('a stack with hosts serves them, and refuses every other name', async () => {
    const run = await shop.up();
    expect(run.output).not.toContain('error');
    expect(await askHost({ port }, hosts.shop)).toMatchObject({ status: 200 });
    expect(await askHost({ port }, hosts.blog)).toMatchObject({ status: 421 });
  });

  test('a guest joins under load, and the service that is there loses no request', async ({
    annotate,
  }) => {
    const load = new HostLoad({ port }, [hosts.shop]);
    const run = await blog.up();
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(load.counts.get(hosts.shop)).toBeGreaterThan(100);
    const { status, member } = await askHost({ port }, hosts.blog);
    expect(status).toBe(200);
    const containers = leftInDocker(`perch.service=${services.blog}`);
    expect(containers).toHaveLength(2);
    expect(containers.join('\n')).toContain(member);
  });

  test('a guest that claims a host of another service is refused with both names', async () => {
    await blog.configure('hosts[0]', hosts.shop);
    await blog.configure('version', 'claims');
    const before = leftInDocker(services.blog);
    for (const run of [await blog.preview(), await blog.up()]) {
      expect(run).not.toSucceed();
      expect(run.output).toContain(
        `perch:hosts must belong to no other service of organization/perch/guests-shop: ${hosts.shop} belongs to service ${services.shop}`,
      );
    }
    expect(leftInDocker(services.blog)).toEqual(before);
    await blog.configure('version', 'v1');
    await blog.configure('hosts[0]', hosts.blog);
    expect(await blog.up()).toSucceed();
  });

  test('a host stack that claims a host of its guest is refused with both names, and changes no route', async ({
    annotate,
  }) => {
    const load = new HostLoad({ port }, [hosts.shop, hosts.blog]);
    await shop.configure('hosts[1]', hosts.blog);
    const run = await shop.up();
    await annotate(await load.stop());
    expect(run).not.toSucceed();
    expect(run.output).toContain(`${hosts.blog} belongs to service ${services.blog}`);
    expect(load.failures).toEqual([]);
    const { member } = await askHost({ port }, hosts.blog);
    expect(leftInDocker(`perch.service=${services.blog}`).join('\n')).toContain(member);
    await shop.must(['config', 'rm', '--stack', shop.name, '--path', 'perch:hosts[1]']);
    expect(await shop.up()).toSucceed();
  });

  test('a release of a guest under load fails no request of either service', async ({
    annotate,
  }) => {
    const load = new HostLoad({ port }, [hosts.shop, hosts.blog]);
    await blog.configure('version', 'v2');
    const run = await blog.up();
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(load.counts.get(hosts.blog)).toBeGreaterThan(100);
  });

  test('the host stack cannot be destroyed while its guest is there, and says which', async ({
    annotate,
  }) => {
    const load = new HostLoad({ port }, [hosts.shop, hosts.blog]);
    const run = await shop.destroy();
    await annotate(await load.stop());
    expect(run).not.toSucceed();
    expect(run.output).toContain(`destroy their stacks first: ${services.blog}`);
    expect(load.failures).toEqual([]);
  });

  test('a guest leaves under load, and the service that stays loses no request', async ({
    annotate,
  }) => {
    const load = new HostLoad({ port }, [hosts.shop]);
    const run = await blog.destroy();
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(leftInDocker(services.blog)).toEqual([]);
    expect(await askHost({ port }, hosts.blog)).toMatchObject({ status: 421 });
  });

  test('destroying the host stack leaves no container, network or volume', async () => {
    expect(await shop.destroy()).toSucceed();
    expect(leftInDocker(services.shop)).toEqual([]);
  });
});
