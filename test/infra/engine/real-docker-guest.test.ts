import { describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { leftInDocker } from './support/docker.ts';
import { askHost, HostLoad } from './support/host-load.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000 });

const service = 'real-docker-host';
const guest = 'real-docker-guest';
const hosts = { shop: 'shop.localhost', blog: 'blog.localhost' };

describe('Two services on target docker', unless(whyNoRealPlugins()), () => {
  test('a guest with a canary joins and leaves under load, and the host stack loses no request', async ({
    annotate,
  }) => {
    await using shop = await RealRelease.start(service, { hosts: [hosts.shop], tls: 'none' });
    const at = { port: shop.port };
    const yaml = stackYaml({
      role: 'local',
      target: 'docker',
      service: guest,
      hostStack: `organization/perch/${service}`,
      hosts: [hosts.blog],
      tls: 'none',
      version: 'v1',
      canaryWeight: '50',
      startTimeoutSeconds: 120,
    });
    const blog = await shop.engine.stack(guest, yaml);
    try {
      const load = new HostLoad(at, [hosts.shop]);
      const joined = await blog.up();
      const members = new Set<string>();
      for (let count = 0; count < 100; count += 1) {
        const { status, member } = await askHost(at, hosts.blog);
        expect(status).toBe(200);
        members.add(member.replace(/-.*/, ''));
      }
      const refused = await shop.stack.destroy();
      const left = await blog.destroy();
      await annotate(await load.stop());
      expect(joined.output).not.toContain('error');
      expect([...members].toSorted()).toEqual(['canary', 'stable']);
      expect(refused.output).toContain(`destroy their stacks first: ${guest}`);
      expect(left).toSucceed();
      expect(load.failures).toEqual([]);
      expect(leftInDocker(guest)).toEqual([]);
    } finally {
      await blog.destroy();
    }
    expect(await shop.stack.destroy()).toSucceed();
    expect(leftInDocker(service)).toEqual([]);
  });
});
