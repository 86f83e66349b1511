import { createServer } from 'node:http';
import { once } from 'node:events';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { EmailChannel } from '../../runtime/monitor/notify/email/email-channel.ts';
import { Monitor, type MonitorOptions } from '../../runtime/monitor/monitor.ts';
import { monitorAdmin } from '../../runtime/process/monitor-admin.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { test as base } from '../support/aws/fixtures.ts';
import { prepareMoto } from '../support/aws/moto.ts';
import { monitorConfig, StagedRelease } from '../support/judge/monitor.ts';
import { opening } from '../support/judge/incident.ts';
import { put } from '../support/judge/pipeline-stage.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { until } from '../support/until.ts';
import { unless } from '../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';
const reason = 'InvalidClientTokenId: The security token included in the request is invalid';

/** A monitor whose only channel is email. */
const test = base.extend(
  'monitorOf',
  ({ redis, sharedServer, sesProxy }) =>
    (options: Partial<MonitorOptions> = {}): Monitor => {
      const email = { from: 'perch@example.com', to: ['ops@example.com'], region };
      return new Monitor({
        redis,
        redisUrl: sharedServer.url,
        service: 'shop',
        host: 'host-1',
        id: 'host-1/1-test',
        config: monitorConfig({ rules: { hostMemoryPercent: false, hostCpuPercent: false } }),
        channels: [new EmailChannel({ ...email, endpoint: sesProxy.endpoint })],
        logger: silentLogger,
        ...options,
      });
    },
);

async function healthOf(monitor: Monitor): Promise<{ status: number; body: unknown }> {
  const server = createServer(monitorAdmin(monitor)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  const response = await fetch(`http://127.0.0.1:${port}/healthz`);
  const body: unknown = await response.json();
  server.close();
  server.closeAllConnections();
  return { status: response.status, body };
}

test('credentials that the only channel refuses show in incidents, events, metrics and /healthz after the third try', async ({
  redis,
  ses,
  sesProxy,
  monitorOf,
}) => {
  await new StagedRelease(redis, 'shop').stage();
  const monitor = monitorOf();
  sesProxy.fault = 'refused';
  await put(redis, opening('canary-ejected', 'canary', Date.now()), 'email');
  await monitor.start();
  try {
    const incidents = new IncidentStore(redis, 'shop');
    const failed = async () => (await incidents.list()).get('channel-failed|email');
    await until(failed, { what: 'the incident of the channel' });
    expect(sesProxy.bodies.length).toBeLessThan(5);
    expect((await failed())?.details.summary).toBe(`channel email fails: ${reason}`);
    const events = await new EventLog(redis, 'shop').last(20);
    expect(events.map(({ text }) => text)).toContain(`channel email fails: ${reason}`);
    expect(await healthOf(monitor)).toMatchObject({
      status: 200,
      body: { leads: true, failingChannels: [{ channel: 'email', reason }] },
    });
    expect(await monitor.metrics.text()).toContain(
      'perch_monitor_channel_failing{channel="email",service="shop"} 1',
    );
    sesProxy.fault = 'none';
    await until(async () => (await failed())?.resolvedAt, { what: 'the end of the incident' });
    expect((await ses.mails()).length).toBeGreaterThan(0);
    expect(await healthOf(monitor)).toMatchObject({ body: { failingChannels: [] } });
  } finally {
    await monitor.stop();
  }
});

describe('with moto', unless(missing), () => {
  test('the leader publishes to CloudWatch how many channels fail', async ({
    redis,
    sesProxy,
    moto,
    monitorOf,
  }) => {
    let nowMs = Date.now();
    const { endpoint } = moto;
    const config = monitorConfig({ cloudwatch: { region, endpoint } });
    const monitor = monitorOf({ config, now: () => nowMs });
    sesProxy.fault = 'refused';
    await put(redis, opening('canary-ejected', 'canary', nowMs), 'email');
    const client = new CloudWatchClient({ region, endpoint });
    const published = async () => {
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: 'Perch',
          MetricName: 'channel.failing',
          Dimensions: [{ Name: 'service', Value: 'shop' }],
          StartTime: new Date(nowMs - 3_600_000),
          EndTime: new Date(nowMs + 3_600_000),
          Period: 60,
          Statistics: ['Maximum'],
        }),
      );
      return Datapoints.some(({ Maximum }) => Maximum === 1);
    };
    await monitor.start();
    try {
      await until(() => monitor.failingChannels.length > 0, { what: 'the channel to fail' });
      const count = async () =>
        (await monitor.metrics.text()).match(/looks_total{at="host",service="shop"} (\d+)/)?.[1];
      const before = await count();
      await until(async () => (await count()) !== before, { what: 'another cycle' });
      nowMs += 61_000;
      await until(published, { what: 'the metric' });
    } finally {
      await monitor.stop();
      client.destroy();
    }
  });
});
