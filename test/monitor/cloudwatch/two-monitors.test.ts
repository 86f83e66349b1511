import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { trafficBucketMs } from '../../../runtime/contract/traffic-fields.ts';
import { Monitor } from '../../../runtime/monitor/monitor.ts';
import { test } from '../../support/aws/fixtures.ts';
import { monitorConfig, StagedRelease } from '../../support/judge/monitor.ts';
import { prepareMoto, type Moto } from '../../support/aws/moto.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';
import { unless } from '../../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';

/** Returns a function that reads the statistics of a metric around the time of `now`. */
function statisticsOf({ endpoint }: Moto, now: () => number) {
  return async (metric: string, dimensions: Record<string, string>) => {
    const client = new CloudWatchClient({ region, endpoint });
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Perch',
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(now() - 3_600_000),
        EndTime: new Date(now() + 3_600_000),
        Period: 60,
        Statistics: ['SampleCount', 'Sum', 'Maximum'],
      }),
    );
    client.destroy();
    return Datapoints;
  };
}

describe('with moto', unless(missing), () => {
  test('each monitor publishes its own host, and only the leader publishes the tracks', async ({
    redis,
    sharedServer,
    moto,
  }) => {
    let nowMs = Date.now();
    const statistics = statisticsOf(moto, () => nowMs);
    const monitorOf = (host: string) =>
      new Monitor({
        redis,
        redisUrl: sharedServer.url,
        service: 'shop',
        host,
        id: `${host}/1-test`,
        config: monitorConfig({ cloudwatch: { region, endpoint: moto.endpoint } }),
        channels: [],
        logger: silentLogger,
        now: () => nowMs,
      });
    const staged = new StagedRelease(redis, 'shop');
    await staged.stage();
    const monitors = [monitorOf('host-1'), monitorOf('host-2')];
    try {
      for (const monitor of monitors) await monitor.start();
      await until(() => monitors.some(({ leads }) => leads), { what: 'a leader' });
      const [stable, canary] = [{ requests: 90 }, { requests: 30, failures: 1, latencyMs: 80 }];
      await staged.handIn(nowMs, { stable, canary });
      nowMs += 2 * trafficBucketMs;
      const text = async () =>
        (await Promise.all(monitors.map(({ metrics }) => metrics.text()))).join();
      const cycles = async () =>
        Number(/looks_total{at="release",service="shop"} (\d+)/.exec(await text())?.[1] ?? 0);
      const before = await cycles();
      await until(async () => (await cycles()) > before + 1, {
        what: 'a cycle over the complete bucket',
      });
      nowMs += 60_000;
      for (const host of ['host-1', 'host-2']) {
        await until(
          async () => (await statistics('host.memory-percent', { service: 'shop', host })).length,
          { what: `the metrics of ${host}` },
        );
      }
    } finally {
      await Promise.all(monitors.map((monitor) => monitor.stop()));
    }
    const of = async (metric: string, track: string) =>
      await statistics(metric, { service: 'shop', track });
    expect(await of('track.requests', 'stable')).toMatchObject([{ SampleCount: 1, Sum: 90 }]);
    expect(await of('track.failures', 'canary')).toMatchObject([{ SampleCount: 1, Sum: 1 }]);
    expect(await of('track.weight-percent', 'canary')).toMatchObject([{ Maximum: 25 }]);
    const [p95] = await of('track.p95-ms', 'canary');
    expect(p95?.Maximum).toBeCloseTo(80, -1);
  });
});
