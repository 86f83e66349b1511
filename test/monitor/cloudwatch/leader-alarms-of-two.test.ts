import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { Monitor } from '../../../runtime/monitor/monitor.ts';
import { FaultyProxy } from '../../support/aws/faulty-proxy.ts';
import { test } from '../../support/aws/fixtures.ts';
import { prepareMoto } from '../../support/aws/moto.ts';
import { putAlarm } from '../../support/aws/put-alarm.ts';
import { monitorConfig, StagedRelease } from '../../support/judge/monitor.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';
import { unless } from '../../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';
const alarm = 'orders-fail';

const alarmReads = ({ bodies }: FaultyProxy) => bodies.filter((body) => body.includes(alarm));

describe('with moto', unless(missing), () => {
  test('only the leader reads the alarms, and the next leader goes on', async ({
    redis,
    sharedServer,
    moto,
  }) => {
    const client = new CloudWatchClient({ region, endpoint: moto.endpoint });
    await putAlarm(client, alarm);
    client.destroy();
    await new StagedRelease(redis, 'shop').stage();
    await using one = await FaultyProxy.start(moto.endpoint);
    await using two = await FaultyProxy.start(moto.endpoint);
    const monitorOf = (host: string, { endpoint }: FaultyProxy) =>
      new Monitor({
        redis,
        redisUrl: sharedServer.url,
        service: 'shop',
        host,
        id: `${host}/1-test`,
        config: monitorConfig({ cloudwatch: { region, endpoint, alarms: [{ name: alarm }] } }),
        channels: [],
        logger: silentLogger,
      });
    const [first, second] = [monitorOf('host-1', one), monitorOf('host-2', two)];
    try {
      await first.start();
      await until(() => first.leads, { what: 'the first monitor to lead' });
      await second.start();
      await until(() => alarmReads(one).length > 0, { what: 'the leader to read the alarms' });
      const samples = async () =>
        Number(
          /looks_total{at="host",service="shop"} (\d+)/.exec(await second.metrics.text())?.[1] ?? 0,
        );
      await until(async () => (await samples()) > 1, { what: 'two cycles of the other monitor' });
      expect(alarmReads(two)).toEqual([]);
      await first.stop();
      await until(() => alarmReads(two).length > 0, { what: 'the next leader to read the alarms' });
      expect(second.leads).toBe(true);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  });
});
