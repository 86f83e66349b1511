import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { labels } from '../../../runtime/contract/labels.ts';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import type { Machine } from './support/machine.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { Machines } from './support/machines.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const services = { shop: 'forgetful-shop', blog: 'forgotten-blog' };
const hosts = { shop: 'shop.perch.internal', blog: 'blog.perch.internal' };

describe(
  'A guest whose host stack sets up its only machine anew, without Redis',
  unless(reason),
  () => {
    const started = new AsyncDisposableStack();
    let engine: Engine;
    let machine: Machine;
    let shop: Stack;
    let blog: Stack;
    let port: number;

    beforeAll(async () => {
      engine = started.use(await Engine.start('real'));
      const registry = started.use(await startRegistry());
      const machines = started.use(await Machines.start(1));
      machine = machines.get(1);
      await machines.forward(registry.port);
      const settings = await realSettings(services.shop);
      port = settings.httpPort;
      const secrets = { sshPrivateKey: machines.privateKey };
      const shared = { role: 'prod', target: 'server', tls: 'none', stableCount: 2 };
      const ofShop = { hosts: [hosts.shop], servers: [machine.server], registry: registry.address };
      shop = await engine.stack('shop', stackYaml({ ...settings, ...shared, ...ofShop }), secrets);
      const ofBlog = {
        service: services.blog,
        hosts: [hosts.blog],
        hostStack: 'organization/perch/shop',
        version: 'v1',
        startTimeoutSeconds: 120,
      };
      blog = await engine.stack('blog', stackYaml({ ...shared, ...ofBlog }), secrets);
      for (const stack of [shop, blog]) expect((await stack.up()).output).not.toContain('error');
    });
    afterAll(() => started.disposeAsync());

    test('the replacement says what the guest lacks, and how it comes back', async () => {
      const replace = ['replace', 'm1', '--stack', 'shop', '--drain', '--accept-outage'];
      const { output } = await engine.host([...replace, '--lose-redis']);
      expect(output).toContain('host m1 is replaced');
      expect(output).toContain(
        `the new Redis has no user and no route of the guests ${services.blog} (stack organization/perch/blog)`,
      );
      expect(output).toContain('npx perch host replace m1 --stack STACK\n');
      expect(await failuresOf(hosts.shop)).toEqual([]);
    });

    test('that command registers it again, and its members serve and reach Redis', async () => {
      const { output } = await engine.host(['replace', 'm1', '--stack', 'blog']);
      expect(output).toContain(`service ${services.blog} is registered again`);
      expect(await failuresOf(hosts.blog)).toEqual([]);
      const members = machine.docker('ps', '--quiet', ...filters(services.blog)).split('\n');
      expect(members).toHaveLength(2);
      for (const member of members) {
        expect(machine.docker('exec', member, 'perch', 'app', 'seed-flags')).toContain('set_get');
      }
    });

    test('a release of it, and its end, are as before', async () => {
      await blog.configure('version', 'v2');
      expect(await blog.up()).toSucceed();
      expect(await failuresOf(hosts.blog)).toEqual([]);
      for (const stack of [blog, shop]) expect(await stack.destroy()).toSucceed();
      expect(machine.docker('ps', '--all', '--quiet')).toBe('');
    });

    function filters(service: string): string[] {
      const wanted = [`${labels.service}=${service}`, `${labels.part}=app`];
      return wanted.flatMap((label) => ['--filter', `label=${label}`]);
    }

    /** Failures of a hundred requests for a host. */
    async function failuresOf(hostName: string): Promise<[string, number][]> {
      const traffic = new Traffic({ host: machine.address, port, hostName });
      const { failures } = await traffic.send(100, 4);
      await traffic.stop();
      return [...failures];
    }
  },
);
