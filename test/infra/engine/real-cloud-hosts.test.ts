import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { labels } from '../../../runtime/contract/labels.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { Redis } from 'ioredis';
import { leaderOf } from '../../../runtime/store/judge/lease.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { DigitalOceanApi } from './support/digitalocean/api.ts';
import { TestBalancer } from './support/digitalocean/test-balancer.ts';
import { DropletMachines } from './support/droplet-machines.ts';
import { Engine, type Stack } from './support/engine.ts';
import { harmfulVariant, harmlessVariant, pushImage } from './support/image-variants.ts';
import type { Machine } from './support/machine.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { whyNoRealPlugin, whyNoRealPlugins } from './support/plugins.ts';
import { realSettings } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { makeSshKey } from './support/ssh-key.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 900_000 });

const reason = whyNoRealPlugins() ?? whyNoRealPlugin('digitalocean') ?? whyNoMachines();
const service = 'cloud-hosts';
const perSecond = 40;

interface Status {
  readonly release: ReleaseDocument;
}

describe('Hosts of a cloud with managed Redis, for real', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let machines: DropletMachines;
  let redis: Redis;
  let engine: Engine;
  let prod: Stack;
  let canary: Stack;
  let port: number;
  let registry: string;
  let built: string;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-droplets-'));
    const key = makeSshKey(join(folder, 'user'));
    rmSync(folder, { recursive: true });
    const running = started.use(await startRegistry());
    registry = running.address;
    machines = started.use(new DropletMachines(key));
    machines.forward(running.port);
    const redisAddress = machines.network.privateAddressOf(1);
    const password = 'a-password';
    const managed = started.use(await startRedis({ password, config: { bind: redisAddress } }));
    const databaseUrl = `redis://default:${password}@${redisAddress}:${managed.port}`;
    redis = connectRedis({ url: databaseUrl, name: 'perch-test', logger: silentLogger });
    started.defer(() => redis.disconnect());
    const api = started.use(await DigitalOceanApi.start({ hardware: machines, databaseUrl }));
    engine = started.use(await Engine.start('real', undefined, { DIGITALOCEAN_TOKEN: 'token' }));
    const real = await realSettings(service);
    port = real.httpPort;
    const common = {
      ...real,
      target: 'digitalocean',
      region: 'fra1',
      sshPublicKey: key.publicKey,
      sshCidrs: ['10.99.0.0/16'],
      registry,
    };
    const two = { hostCount: 2, proxyCount: 2, stableCount: 2 };
    const newStack = async (name: string, settings: Readonly<Record<string, unknown>>) => {
      const yaml = stackYaml({ ...common, ...settings });
      const text = yaml.replace('config:\n', `config:\n  digitalocean:apiEndpoint: ${api.url}\n`);
      const stack = await engine.stack(name, text, { sshPrivateKey: key.privateKey });
      const run = await stack.up();
      if (!run.ok) throw new Error(run.output);
      return stack;
    };
    prod = await newStack('prod', { role: 'prod', redis: 'managed', ...two });
    const joined = { prodStack: 'organization/perch/prod', canaryWeight: '20', hostCount: 1 };
    canary = await newStack('canary', { role: 'canary', canaryCount: 1, ...joined });
    built = String((await canary.outputs())['image']);
    await canary.configure('runtimeImage', String((await prod.outputs())['runtimeImage']));
  });
  afterAll(() => started.disposeAsync());

  test('the first host dies, and requests at the other proxy, the judge and updates of the canary go on', async ({
    annotate,
  }) => {
    const [first, other] = await hosts();
    await untilLeads('prod-0', first);
    const traffic = trafficTo(other);
    await until(() => traffic.counts.total > 100);
    const diedAt = performance.now();
    await first.powerOff();
    await until(async () => !(await leader()).includes('prod-0'), waiting('another leader'));
    await annotate(`another monitor leads after ${seconds(diedAt)} s: ${await leader()}`);
    await until(() => performance.now() > diedAt + 30_000, { timeoutMs: 60_000, everyMs: 500 });
    await annotate(`the first 30 s: ${counts(traffic)}`);
    // Those that the member of the dead host was answering.
    const atDeath = traffic.counts.failed;
    expect(atDeath).toBeLessThanOrEqual(10);
    const goodImage = pushed('good', harmlessVariant(built, 'good'));
    await canary.configure('image', goodImage);
    const good = await engine.deploy(['--stack', 'canary', '--verify', '5']);
    expect(good.output).toContain('is healthy after 5 s');
    await annotate(`a good canary meanwhile: ${counts(traffic)}`);
    expect(traffic.counts.failed).toBe(atDeath);
    await canary.configure('image', pushed('bad', harmfulVariant(built, 40)));
    const bad = await engine.deploy(['--stack', 'canary', '--verify', '120']);
    await canary.configure('image', goodImage);
    await traffic.stop();
    await annotate(`with a bad canary: ${counts(traffic)}`);
    expect(bad).not.toSucceed();
    const events = await other.query('sh', '-c', inMonitor({ service }, ['events']));
    expect(events).toMatch(/canary-ejected .* fails requests that stable serves/);
    // The judge ejected the bad canary within these requests.
    expect(traffic.counts.failed - atDeath).toBeLessThan(60);
  });

  test('one command puts a new first host in its place', async ({ annotate }) => {
    const [first, other] = await hosts();
    await first.powerOff();
    const traffic = trafficTo(other);
    const at = performance.now();
    const run = await engine.host(['replace', 'prod-0', '--stack', 'prod']);
    expect(run.output).toContain('host prod-0 is replaced');
    await traffic.stop();
    await annotate(`prod-0 replaced in ${seconds(at)} s: ${counts(traffic)}`);
    expect([...traffic.counts.failures]).toEqual([]);
    const [successor] = await hosts();
    await serves(successor);
    expect(await placed(other)).toEqual(['prod-0 active', 'prod-1 active']);
    const again = await canary.up();
    expect(again.output).not.toContain('error');
  });

  test('machines get another size one after the other, and no request through the load balancer fails', async ({
    annotate,
  }) => {
    const pair = await hosts();
    const addresses = pair.map(({ address }) => address);
    await using balancer = await TestBalancer.start({ addresses, port, healthPath: '/healthz' });
    const traffic = new Traffic({ host: '127.0.0.1', port: balancer.port });
    traffic.setRate(perSecond);
    const at = performance.now();
    await prod.configure('size', 's-2vcpu-4gb');
    const run = await engine.host(['resize', '--stack', 'prod']);
    expect(run.output).toContain('every machine of prod has the configured size now');
    expect(run.output.match(/host prod-\d has s-2vcpu-4gb and serves again/g)).toHaveLength(2);
    await traffic.stop();
    await annotate(`resized in ${seconds(at)} s, through the load balancer: ${counts(traffic)}`);
    expect([...traffic.counts.failures]).toEqual([]);
    for (const machine of pair) await serves(machine);
    expect(await placed(pair[0])).toEqual(['prod-0 active', 'prod-1 active']);
  });

  test('a healthy host is drained and replaced, and no request at the other proxy fails', async ({
    annotate,
  }) => {
    const [first] = await hosts();
    const traffic = trafficTo(first);
    const at = performance.now();
    const run = await engine.host(['replace', 'prod-1', '--stack', 'prod', '--drain']);
    expect(run.output).toContain('draining the members of host prod-1');
    expect(run.output).toContain('host prod-1 is replaced');
    await traffic.stop();
    await annotate(`prod-1 drained and replaced in ${seconds(at)} s: ${counts(traffic)}`);
    expect([...traffic.counts.failures]).toEqual([]);
    const [, successor] = await hosts();
    await serves(successor);
    expect(await placed(first)).toEqual(['prod-0 active', 'prod-1 active']);
  });

  /** Machines of prod-0 and prod-1. */
  async function hosts(): Promise<[Machine, Machine]> {
    const { connection } = (await prod.outputs()) as {
      connection: { controls: readonly { readonly host: string }[] };
    };
    const [first, other] = connection.controls.map(({ host }) => machines.at(host));
    if (first === undefined || other === undefined) throw new Error('prod has two hosts');
    return [first, other];
  }

  /** Restarts the other monitors until that of the first machine leads. */
  async function untilLeads(host: string, first: Machine): Promise<void> {
    const monitor = `label=${labels.part}=monitor`;
    const restart = `docker restart --time 1 $(docker ps --quiet --filter ${monitor})`;
    const isLeader = async () => {
      if ((await leader()).includes(host)) return true;
      const others = machines.all.filter((machine) => machine !== first);
      await Promise.all(others.map((machine) => machine.query('sh', '-c', restart)));
      return false;
    };
    await until(isLeader, { what: `${host} to lead`, timeoutMs: 120_000, everyMs: 10_000 });
  }

  /** The monitor that leads; empty for none. */
  async function leader(): Promise<string> {
    return (await leaderOf(redis, service)) ?? '';
  }

  async function status(machine: Machine): Promise<Status> {
    const script = inMonitor({ service }, ['status', '--json']);
    return JSON.parse(await machine.query('sh', '-c', script)) as Status;
  }

  async function placed(machine: Machine): Promise<string[]> {
    const { release } = await status(machine);
    const stable = release.members.filter(({ track }) => track === 'stable');
    return stable.map(({ host, state }) => `${host} ${state}`).toSorted();
  }

  function trafficTo({ address }: Machine): Traffic {
    const traffic = new Traffic({ host: address, port, clientTimeoutMs: 10_000 });
    traffic.setRate(perSecond);
    return traffic;
  }

  async function serves({ address }: Machine): Promise<void> {
    const sent = await new Traffic({ host: address, port }).send(100, 4);
    expect([...sent.failures]).toEqual([]);
  }

  const pushed = (name: string, image: string) => pushImage(`${registry}/shop:${name}`, image);
});

const waiting = (what: string) => ({ what, timeoutMs: 120_000, everyMs: 500 });

const seconds = (since: number) => Math.round((performance.now() - since) / 1_000);

function counts({ counts: { total, failed, failures } }: Traffic): string {
  const causes = [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
  return `${total} requests, ${failed} failures (${causes})`;
}
