import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trafficBucketMs } from '../../../runtime/contract/traffic-fields.ts';
import { Monitor } from '../../../runtime/monitor/monitor.ts';
import { useEmulatorCredentials } from '../../support/aws-credentials.ts';
import { monitorConfig, StagedRelease } from '../../support/monitor.ts';
import { Moto, prepareMoto } from '../../support/moto.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';

describe.skipIf(missing !== undefined)(
  `two monitors with CloudWatch (${missing ?? 'moto'})`,
  () => {
    let moto: Moto;
    let server: TestRedis;
    let redis: Redis;
    let client: CloudWatchClient;
    let nowMs: number;

    beforeAll(async () => {
      useEmulatorCredentials();
      [moto, server] = await Promise.all([Moto.start(), startRedis()]);
      redis = await clientOf(server);
      client = new CloudWatchClient({ region, endpoint: moto.endpoint });
      nowMs = Date.now();
    });
    afterAll(async () => {
      client.destroy();
      redis.disconnect();
      await server[Symbol.asyncDispose]();
      await moto[Symbol.asyncDispose]();
    });

    const statistics = async (MetricName: string, dimensions: Record<string, string>) => {
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: 'Perch',
          MetricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          StartTime: new Date(nowMs - 3_600_000),
          EndTime: new Date(nowMs + 3_600_000),
          Period: 60,
          Statistics: ['SampleCount', 'Sum', 'Maximum'],
        }),
      );
      return Datapoints;
    };
    const monitorOf = (host: string) =>
      new Monitor({
        redis,
        redisUrl: server.url,
        service: 'shop',
        host,
        id: `${host}/1-test`,
        config: monitorConfig({ cloudwatch: { region, endpoint: moto.endpoint } }),
        channels: [],
        logger: silentLogger,
        now: () => nowMs,
      });

    it('publish each host by its own monitor, and the tracks once', async () => {
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
        const looks = async () =>
          Number(/looks_total{at="release"} (\d+)/.exec(await text())?.[1] ?? 0);
        const before = await looks();
        await until(async () => (await looks()) > before + 1, { what: 'a look at what is whole' });
        nowMs += 60_000;
        for (const host of ['host-1', 'host-2']) {
          await until(
            async () => (await statistics('host.memory-percent', { service: 'shop', host })).length,
            { what: `what ${host} published` },
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
  },
);
