import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { CloudWatchPublisher } from '../../../runtime/monitor/cloudwatch/cloudwatch-publisher.ts';
import type { Measurement } from '../../../runtime/monitor/cloudwatch/measurements.ts';
import { test } from '../../support/aws/fixtures.ts';
import { prepareMoto } from '../../support/aws/moto.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { unless } from '../../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';
const dimensions = { service: 'shop', host: 'host-1' };

/** A publisher and its clock. */
function publisherTo(endpoint: string) {
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const options = { namespace: 'Perch', region, endpoint, now, logger: silentLogger };
  return { clock, publisher: new CloudWatchPublisher(options) };
}

function cpuUse(value: number): Measurement {
  return { metric: 'host.cpu-percent', value, dimensions };
}

describe('with moto', unless(missing), () => {
  test('the publisher sends one statistic set a minute for each metric', async ({ motoProxy }) => {
    const { publisher, clock } = publisherTo(motoProxy.endpoint);
    publisher.measure([cpuUse(10)]);
    publisher.measure([cpuUse(30)]);
    await publisher.publish();
    expect(motoProxy.bodies).toEqual([]);
    clock.nowMs += 60_000;
    await publisher.publish();
    await publisher.publish();
    expect(motoProxy.bodies).toHaveLength(1);
    expect(publisher.waiting).toBe(0);
  });

  test('CloudWatch finds published metrics by their namespace and dimensions', async ({ moto }) => {
    const { publisher, clock } = publisherTo(moto.endpoint);
    publisher.measure([cpuUse(10), cpuUse(30)]);
    clock.nowMs += 60_000;
    await publisher.publish();
    const client = new CloudWatchClient({ region, endpoint: moto.endpoint });
    const { Datapoints: points = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Perch',
        MetricName: 'host.cpu-percent',
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(clock.nowMs - 3_600_000),
        EndTime: new Date(clock.nowMs + 3_600_000),
        Period: 60,
        Statistics: ['SampleCount', 'Sum'],
      }),
    );
    client.destroy();
    expect(points).toHaveLength(1);
  });

  test('the publisher keeps what CloudWatch refused, and sends it later', async ({ motoProxy }) => {
    const { publisher, clock } = publisherTo(motoProxy.endpoint);
    publisher.measure([cpuUse(10)]);
    motoProxy.fault = 'throttled';
    clock.nowMs += 60_000;
    await publisher.publish();
    await publisher.publish();
    expect(publisher.waiting).toBe(1);
    expect(motoProxy.bodies).toHaveLength(1);
    motoProxy.fault = 'none';
    clock.nowMs += 2_000;
    await publisher.publish();
    expect(publisher.waiting).toBe(0);
  });

  test('the publisher sends more than 1,000 statistic sets in several calls', async ({
    motoProxy,
  }) => {
    const { publisher, clock } = publisherTo(motoProxy.endpoint);
    for (let index = 0; index < 1_500; index += 1) {
      const host = { service: 'shop', host: `host-${index}` };
      publisher.measure([{ ...cpuUse(1), dimensions: host }]);
    }
    clock.nowMs += 60_000;
    await publisher.publish();
    expect(motoProxy.bodies).toHaveLength(2);
  });
});
