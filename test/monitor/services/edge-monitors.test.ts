import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { RelayedSource } from '../../../runtime/monitor/services/relayed-source.ts';
import {
  EdgeMonitors,
  type EdgeMonitorsOptions,
} from '../../../runtime/monitor/services/edge-monitors.ts';
import { sealGuestConfig } from '../../../runtime/monitor/services/guest-config.ts';
import { afterFailure, firstStatus } from '../../../runtime/core/edge/certificate-status.ts';
import { CertificateStatusStore } from '../../../runtime/store/edge/certificate-status-store.ts';
import { MonitorConfigStore } from '../../../runtime/store/edge/monitor-config-store.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { ServiceRegistry } from '../../../runtime/store/edge/service-registry.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { parseExposition } from '../../support/http/exposition.ts';
import { WebhookReceiver } from '../../support/http/webhook-receiver.ts';
import { monitorConfig, StagedRelease } from '../../support/judge/monitor.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const edgeKeys = [randomBytes(32).toString('base64')];
const quiet = { hostMemoryPercent: false, hostCpuPercent: false };
/** Any host breaks it at once. */
const touchy = { ...quiet, hostMemoryPercent: { threshold: 0.1, forSeconds: 0 } };

const beta = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };

/** Tests of the monitors of host-1, whose host stack's service is shop. */
const test = base
  .extend('start', ({ redis, sharedServer }, { onCleanup }) => {
    const started: EdgeMonitors[] = [];
    onCleanup(async () => {
      for (const monitors of started) await monitors.stop();
    });
    return async (
      keys: readonly string[] = edgeKeys,
      host: Pick<EdgeMonitorsOptions, 'hostSource'> = {},
    ): Promise<EdgeMonitors> => {
      const monitors = new EdgeMonitors({
        redis,
        redisUrl: sharedServer.url,
        service: 'shop',
        host: 'host-1',
        id: 'host-1/1-test',
        config: monitorConfig({ rules: quiet }),
        channels: [],
        edgeKeys: keys,
        followEveryMs: 100,
        logger: silentLogger,
        ...host,
      });
      started.push(monitors);
      await monitors.start();
      return monitors;
    };
  })
  .extend('monitors', ({ start }) => start())
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
  .extend('receiver', async ({}, { onCleanup }) => {
    const receiver = await WebhookReceiver.start();
    onCleanup(() => receiver[Symbol.asyncDispose]());
    return receiver;
  });

async function register(
  redis: Redis,
  service: string,
  monitor: object,
  webhookUrl?: string,
): Promise<void> {
  const stored = sealGuestConfig(service, { monitor: { ...monitor }, webhookUrl }, edgeKeys);
  await new MonitorConfigStore(redis).write(service, stored);
  await new ServiceRegistry(redis).set(service, undefined);
}

async function rulesOpenIn(redis: Redis, service: string): Promise<string[]> {
  const incidents = await new IncidentStore(redis, service).list();
  return [...incidents.values()].map(({ rule }) => rule);
}

const leaderOf = (redis: Redis, service: string) => redis.get(redisKeys(service).leader);

test('services join by their route or registration, each with its own lease and samples', async ({
  monitors,
  redis,
}) => {
  await new RoutesStore(redis).set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await register(redis, 'api', { rules: quiet });
  for (const service of ['shop', 'blog', 'api']) {
    await until(() => leaderOf(redis, service), { what: `a leader of ${service}` });
    const samples = new SampleStore(redis, service);
    const host = await until(async () => (await samples.list())[0], { what: 'a sample' });
    expect(host.memoryTotalBytes).toBeGreaterThan(0);
  }
  // They stand in the order in which they joined.
  expect(Object.keys(monitors.services).toSorted()).toEqual(['api', 'blog']);
  await until(
    async () => {
      const text = await monitors.metrics.text();
      return ['api', 'blog', 'shop'].every((service) =>
        text.includes(`perch_monitor_leader{service="${service}"} 1\n`),
      );
    },
    { what: 'a monitor that leads in all three' },
  );
  expect(parseExposition(await monitors.metrics.text()).length).toBeGreaterThan(0);
});

test('the host is sampled once for all services', async ({ redis, start }) => {
  let readings = 0;
  const sample = async () => ({ load1: (readings += 1) });
  const monitors = await start(edgeKeys, { hostSource: { name: 'host', sample } });
  await register(redis, 'blog', { rules: quiet });
  await until(() => monitors.services['blog']);
  const readingOf = async (service: string) =>
    (await new SampleStore(redis, service).list())[0]?.load1;
  // No two readings are equal; of both samples one is written later.
  await until(
    async () => {
      const [own, guest] = await Promise.all(['shop', 'blog'].map(readingOf));
      return own !== undefined && own === guest;
    },
    { what: 'one reading for both', everyMs: 20 },
  );
});

test('a service that is removed is not watched any more, and the others are', async ({
  monitors,
  redis,
}) => {
  await register(redis, 'blog', { rules: quiet });
  await until(() => leaderOf(redis, 'blog'));
  await new MonitorConfigStore(redis).remove('blog');
  await new ServiceRegistry(redis).remove('blog');
  await until(async () => (await leaderOf(redis, 'blog')) === null, { what: 'the lease to end' });
  expect(monitors.services).toEqual({});
  expect(monitors.leads).toBe(true);
});

test("thresholds and alerts are each service's own", async ({ redis, receiver, monitors }) => {
  await register(redis, 'blog', { rules: touchy }, receiver.url);
  await register(redis, 'api', { rules: quiet });
  for (const service of ['shop', 'blog', 'api']) {
    await new StagedRelease(redis, service).stage();
  }
  await until(() => receiver.received.some(({ rule }) => rule === 'host-memory'), {
    what: 'the alert of the blog',
  });
  expect(receiver.received.every(({ service }) => service === 'blog')).toBe(true);
  expect(await rulesOpenIn(redis, 'shop')).not.toContain('host-memory');
  expect(await rulesOpenIn(redis, 'api')).not.toContain('host-memory');
  expect(monitors.isSampling).toBe(true);
});

test("a guest's host without a certificate reaches the guest's own team, and nobody else's", async ({
  redis,
  receiver,
  monitors,
}) => {
  const host = 'blog.example.com';
  await new RoutesStore(redis).set({ service: 'blog', hosts: [host], tls: 'acme' });
  await register(redis, 'blog', { rules: quiet }, receiver.url);
  await until(() => monitors.services['blog']);
  for (const service of ['shop', 'blog']) await new StagedRelease(redis, service).stage();
  const failed = afterFailure(firstStatus(host), { kind: 'validation', text: 'no answer' }, 0);
  await new CertificateStatusStore(redis, 'shop').write(failed);
  const report = { id: 'proxy-1', generation: 1, condition: 'fresh', acme: true };
  const reports = new ProxyReports(redis, 'shop');
  await until(
    async () => {
      await reports.write({ ...report, inFlight: {}, memberHealth: {} });
      return receiver.received.some(({ rule }) => rule === 'host-misdirected');
    },
    { what: 'the alert of the blog' },
  );
  expect(receiver.received.every(({ service }) => service === 'blog')).toBe(true);
  expect(await rulesOpenIn(redis, 'shop')).not.toContain('host-misdirected');
});

test('the canary and the flags of one service are ejected and disabled alone', async ({
  redis,
  monitors,
}) => {
  const judge = { actions: ['eject-canary', 'kill-flag:beta'] };
  await register(redis, 'blog', { rules: quiet, judge });
  const [shop, blog] = ['shop', 'blog'].map((service) => ({
    staged: new StagedRelease(redis, service),
    flags: new FlagStore(redis, service, { by: 'test' }),
  }));
  if (shop === undefined || blog === undefined) throw new Error('no services');
  for (const { staged, flags } of [shop, blog]) {
    await staged.stage();
    await flags.set('beta', beta);
  }
  await until(() => leaderOf(redis, 'blog'));
  const weightOf = async ({ staged }: typeof shop) => {
    const read = await staged.releases.read();
    return read.kind === 'found' ? read.document.weight : undefined;
  };
  const canary = { requests: 40, failures: 20 };
  await blog.staged.handIn(Date.now(), { stable: { requests: 120 }, canary });
  await until(async () => (await weightOf(blog)) === 0, { what: 'the ejection' });
  await until(async () => (await blog.flags.get('beta'))?.state === 'DISABLED');
  expect(await weightOf(shop)).toBe(25);
  expect((await shop.flags.get('beta'))?.state).toBe('ENABLED');
  expect(monitors.services['blog']?.problem).toBeUndefined();
});

test('a broken configuration is an incident of its service, and touches no other', async ({
  redis,
  receiver,
  monitors,
}) => {
  await register(redis, 'blog', { rules: quiet }, receiver.url);
  await new StagedRelease(redis, 'blog').stage();
  await until(() => leaderOf(redis, 'blog'));
  await register(redis, 'blog', { rules: { hostMemoryPercnt: 5 } }, receiver.url);
  await until(async () => (await rulesOpenIn(redis, 'blog')).includes('config-invalid'));
  // Its last good configuration still tells its people.
  await until(() => receiver.received.some(({ rule }) => rule === 'config-invalid'));
  expect(receiver.received.at(-1)?.details.summary).toContain('hostMemoryPercnt is not known');
  expect(monitors.services['blog']?.problem).toContain('hostMemoryPercnt');
  expect(await rulesOpenIn(redis, 'shop')).not.toContain('config-invalid');
  expect(monitors.leads).toBe(true);
  await register(redis, 'blog', { rules: quiet }, receiver.url);
  await until(() => monitors.services['blog']?.problem === undefined);
});

test('a configuration that cannot be opened from the start leaves the defaults and no channel', async ({
  redis,
  monitors,
}) => {
  await new MonitorConfigStore(redis).write('blog', 'not-a-config');
  await new ServiceRegistry(redis).set('blog', undefined);
  await new StagedRelease(redis, 'blog').stage();
  await until(async () => (await rulesOpenIn(redis, 'blog')).includes('config-invalid'));
  expect(monitors.services['blog']?.problem).toContain('PERCH_EDGE_KEY');
});

test('a monitor without a key leaves services with sealed configuration to others', async ({
  redis,
  start,
}) => {
  await register(redis, 'blog', { rules: quiet });
  await new ServiceRegistry(redis).set('api', undefined);
  const monitors = await start([]);
  await until(() => monitors.services['api'] !== undefined);
  expect(Object.keys(monitors.services)).toEqual(['api']);
  expect(await leaderOf(redis, 'blog')).toBeNull();
});

test('Redis users that Redis forgot are made again', async ({ redis, monitors }) => {
  await new ServiceRegistry(redis).set('blog', 'a-password-of-the-blog');
  await redis.call('ACL', 'DELUSER', 'blog');
  await until(async () => (await redis.call('ACL', 'GETUSER', 'blog')) !== null);
  expect(monitors.leads).toBeDefined();
  await new ServiceRegistry(redis).remove('blog');
});

test('a relayed source reads the host once for all services', async () => {
  let reads = 0;
  const source = new RelayedSource({
    name: 'host',
    sample: () => Promise.resolve({ cpuPercent: (reads += 1) }),
  });
  const { relay } = source;
  expect(await relay.sample()).toEqual({ cpuPercent: 1 });
  expect(await source.sample()).toEqual({ cpuPercent: 2 });
  expect([await relay.sample(), await relay.sample(), reads]).toEqual([
    { cpuPercent: 2 },
    { cpuPercent: 2 },
    2,
  ]);
});
