import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { hostPort } from '../../../runtime/contract/host-port.ts';
import { labels } from '../../../runtime/contract/labels.ts';
import { metricsPorts } from '../../../runtime/contract/ports.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { Machines } from './support/machines.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const service = 'only-ipv6';
const perSecond = 50;
const firstMetricsPort = 9_400;

interface Status {
  readonly release: ReleaseDocument;
  readonly silentHosts: readonly string[];
}

/** Redis is on m1, whose addresses the configuration has in brackets; those of m2 have none. */
describe('Two hosts that have IPv6 alone', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let engine: Engine;
  let machines: Machines;
  let stack: Stack;
  let port: number;

  beforeAll(async () => {
    engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    machines = started.use(await Machines.start(2, { family: 'ipv6' }));
    await machines.forward(registry.port);
    const [first, second] = machines.all.map(({ server }) => server);
    const { address = '', privateAddress = '' } = first ?? {};
    const inBrackets = {
      ...first,
      address: `[${address}]`,
      privateAddress: `[${privateAddress}]`,
    };
    const config = {
      ...(await realSettings(service)),
      role: 'prod',
      target: 'server',
      servers: [inBrackets, second],
      proxyCount: 2,
      registry: registry.address,
      metricsPort: firstMetricsPort,
      version: 'v1',
    };
    port = config.httpPort;
    stack = await engine.stack('ipv6', stackYaml(config), { sshPrivateKey: machines.privateKey });
  });
  afterAll(() => started.disposeAsync());

  test('the machines have no address of IPv4', () => {
    for (const machine of machines.all) {
      const addresses = machine.run('ip', '-brief', 'address', 'show', 'dev', 'eth0');
      expect(addresses).toContain(machine.address);
      expect(addresses).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    }
  });

  test('a half bracket is refused before anything is asked of the hosts', async () => {
    const { address } = machines.get(2);
    await stack.configure('servers[1].address', `[${address}`);
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      `perch:servers.1.address must be an IP address or a host name, got "[${address}"`,
    );
    await stack.configure('servers[1].address', address);
  });

  test('a prod stack goes up, and both proxies reach the members of both hosts', async () => {
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    for (const { address } of machines.all) {
      const traffic = new Traffic({ host: address, port });
      const counts = await traffic.send(200, 8);
      await traffic.stop();
      expect([...counts.failures]).toEqual([]);
      expect(counts.answeredBy('stable')).toBe(200);
    }
    expect(await membersByHost()).toEqual(['m1 v1 active', 'm2 v1 active']);
    const { url } = await stack.outputs();
    expect(url).toBe(`http://[${machines.get(1).address}]:${port}`);
  });

  test('the members of both hosts reach Redis', () => {
    for (const machine of machines.all) {
      const member = machine.docker('ps', '--quiet', '--filter', `label=${labels.part}=app`);
      expect(machine.docker('exec', member, 'perch', 'app', 'seed-flags')).toContain('set_get');
    }
  });

  test('brackets around an address are no change, nor is anything else', async () => {
    expect(await stack.preview()).toSucceed();
    const { address, privateAddress } = machines.get(1);
    await stack.configure('servers[0].address', address);
    await stack.configure('servers[0].privateAddress', privateAddress);
    await stack.configure('servers[1].address', `[${machines.get(2).address}]`);
    expect(await stack.preview()).toSucceed();
  });

  test('a release is swapped under load and fails no request', async ({ annotate }) => {
    const loads = machines.all.map(({ address }) => new Traffic({ host: address, port }));
    for (const traffic of loads) traffic.setRate(perSecond);
    await stack.configure('version', 'v2');
    const run = await stack.up();
    for (const traffic of loads) await traffic.pause();
    const counts = loads.map(({ counts: { total, failed } }) => `${failed} of ${total}`);
    await annotate(`failed requests at each proxy: ${counts.join(', ')}`);
    expect(run).toSucceed();
    for (const traffic of loads) {
      expect([...traffic.counts.failures]).toEqual([]);
      expect(traffic.counts.total).toBeGreaterThan(perSecond);
      await traffic.stop();
    }
    expect(await membersByHost()).toEqual(['m1 v2 active', 'm2 v2 active']);
  });

  test('perch shows the members of both hosts, whose monitors report', async () => {
    const { output } = await engine.perch(['--stack', 'ipv6', 'status']);
    for (const { privateAddress, name } of machines.all) {
      expect(output).toMatch(new RegExp(`http://\\[${privateAddress}\\]:\\d+ +${name}\\n`));
    }
    expect((await status()).silentHosts).toEqual([]);
  });

  test('metrics are served on the private address of each host', async () => {
    for (const { privateAddress } of machines.all) {
      for (const process of ['monitor', 'proxy', 'secondProxy'] as const) {
        const url = `http://${hostPort(privateAddress, firstMetricsPort + metricsPorts[process])}/metrics`;
        expect(await (await fetch(url)).text()).toContain('perch_');
      }
    }
  });

  test('after a refresh there is nothing to change', async () => {
    expect(await stack.refresh()).toSucceed();
    expect(await stack.preview()).toSucceed();
  });

  test('destroying the stack leaves no container, network or volume', async () => {
    expect(await stack.destroy()).toSucceed();
    for (const machine of machines.all) {
      expect(machine.docker('ps', '--all', '--quiet')).toBe('');
      expect(machine.docker('volume', 'ls', '--quiet')).toBe('');
      const networks = machine.docker('network', 'ls', '--format', '{{.Name}}').split('\n');
      expect(networks.toSorted()).toEqual(['bridge', 'host', 'none']);
    }
  });

  /** `HOST VERSION STATE` of each member. */
  async function membersByHost(): Promise<string[]> {
    const { members } = (await status()).release;
    return members.map(({ host, version, state }) => `${host} ${version} ${state}`).toSorted();
  }

  async function status(): Promise<Status> {
    const { output } = await engine.perch(['--stack', 'ipv6', 'status', '--json']);
    return JSON.parse(output) as Status;
  }
});
