import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CloudWatchPublisher } from '../../../runtime/monitor/cloudwatch/cloudwatch-publisher.ts';
import type { Measurement } from '../../../runtime/monitor/cloudwatch/measurements.ts';
import { AlarmSource } from '../../../runtime/monitor/cloudwatch/alarm-source.ts';
import { alarmRule, AlarmWatch } from '../../../runtime/monitor/cloudwatch/alarm-watch.ts';
import { stepRule } from '../../../runtime/core/alerting/rule-state.ts';
import { useEmulatorCredentials } from '../../support/aws-credentials.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto, prepareMoto } from '../../support/moto.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';

describe.skipIf(missing !== undefined)(`CloudWatch (${missing ?? 'moto'})`, () => {
  let moto: Moto;
  let proxy: FaultyProxy;
  let client: CloudWatchClient;
  let nowMs: number;

  beforeAll(async () => {
    useEmulatorCredentials();
    moto = await Moto.start();
    proxy = await FaultyProxy.start(moto.endpoint);
    client = new CloudWatchClient({ region, endpoint: moto.endpoint });
  });
  beforeEach(async () => {
    proxy.fault = 'none';
    proxy.bodies.length = 0;
    nowMs = Date.now();
    await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
  });
  afterAll(async () => {
    client.destroy();
    await proxy[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
  });

  const newPublisher = (endpoint = moto.endpoint) =>
    new CloudWatchPublisher({
      namespace: 'Perch',
      region,
      endpoint,
      now: () => nowMs,
      logger: silentLogger,
    });
  const cpu = (value: number): Measurement => ({
    metric: 'host.cpu-percent',
    value,
    dimensions: { service: 'shop', host: 'host-1' },
  });
  const statistics = async () => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Perch',
        MetricName: 'host.cpu-percent',
        Dimensions: [
          { Name: 'service', Value: 'shop' },
          { Name: 'host', Value: 'host-1' },
        ],
        StartTime: new Date(nowMs - 3_600_000),
        EndTime: new Date(nowMs + 3_600_000),
        Period: 60,
        Statistics: ['SampleCount', 'Sum'],
      }),
    );
    return Datapoints;
  };

  describe('CloudWatchPublisher', () => {
    it('sends one statistic set a minute for each metric and thing', async () => {
      const publisher = newPublisher(proxy.endpoint);
      publisher.measure([cpu(10)]);
      publisher.measure([cpu(30)]);
      await publisher.publish();
      expect(proxy.bodies).toEqual([]);
      nowMs += 60_000;
      await publisher.publish();
      await publisher.publish();
      expect(proxy.bodies).toHaveLength(1);
      expect(publisher.waiting).toBe(0);
    });

    it('is found under its namespace and dimensions', async () => {
      const publisher = newPublisher();
      publisher.measure([cpu(10), cpu(30)]);
      nowMs += 60_000;
      await publisher.publish();
      expect(await statistics()).toHaveLength(1);
    });

    it('keeps what CloudWatch did not take, and sends it later', async () => {
      const publisher = newPublisher(proxy.endpoint);
      publisher.measure([cpu(10)]);
      proxy.fault = 'throttled';
      nowMs += 60_000;
      await publisher.publish();
      await publisher.publish();
      expect(publisher.waiting).toBe(1);
      expect(proxy.bodies).toHaveLength(1);
      proxy.fault = 'none';
      nowMs += 2_000;
      await publisher.publish();
      expect(publisher.waiting).toBe(0);
    });

    it('sends many in several calls', async () => {
      const publisher = newPublisher(proxy.endpoint);
      for (let index = 0; index < 1_500; index += 1) {
        const dimensions = { service: 'shop', host: `host-${index}` };
        publisher.measure([{ ...cpu(1), dimensions }]);
      }
      nowMs += 60_000;
      await publisher.publish();
      expect(proxy.bodies).toHaveLength(2);
    });
  });

  describe('AlarmSource', () => {
    const putAlarm = async (name: string, state?: 'OK' | 'ALARM') => {
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: 'Perch',
          MetricName: 'host.cpu-percent',
          ComparisonOperator: 'GreaterThanThreshold',
          EvaluationPeriods: 1,
          Period: 60,
          Statistic: 'Average',
          Threshold: 60,
        }),
      );
      if (state === undefined) return;
      const change = { AlarmName: name, StateValue: state, StateReason: 'a test' };
      await client.send(new SetAlarmStateCommand(change));
    };

    it('reads the states of named alarms, over pages and calls, and of no others', async () => {
      const names = Array.from({ length: 120 }, (_, index) => `alarm-${index}`);
      for (const name of names) await putAlarm(name, name === 'alarm-119' ? 'ALARM' : 'OK');
      await putAlarm('not-asked-for', 'ALARM');
      const source = new AlarmSource({
        names: [...names, 'missing'],
        region,
        endpoint: moto.endpoint,
      });
      const states = await source.read();
      expect(states.size).toBe(120);
      expect(states.get('alarm-0')).toBe('OK');
      expect(states.get('alarm-119')).toBe('ALARM');
    });

    it('takes too little data for an alarm only where the rule says so', async () => {
      await putAlarm('loud', 'ALARM');
      await putAlarm('unsure');
      await client.send(
        new SetAlarmStateCommand({
          AlarmName: 'unsure',
          StateValue: 'INSUFFICIENT_DATA',
          StateReason: 'x',
        }),
      );
      const names = ['loud', 'unsure'];
      const source = new AlarmSource({ names, region, endpoint: moto.endpoint });
      const watch = new AlarmWatch(source, names, silentLogger);
      await watch.refresh();
      const kindOf = (name: string, insufficientDataBreaches: boolean) => {
        const rule = alarmRule({ name, actions: [], insufficientDataBreaches });
        const reading = watch.readings().find(({ subject }) => subject === rule.subject);
        return stepRule(undefined, rule, reading?.value, 0).kind;
      };
      expect(kindOf('loud', false)).toBe('firing');
      expect(kindOf('unsure', false)).toBe('inactive');
      expect(kindOf('unsure', true)).toBe('firing');
    });

    it('is in trouble, and says nothing, while CloudWatch does not answer', async () => {
      await putAlarm('loud', 'ALARM');
      const source = new AlarmSource({ names: ['loud'], region, endpoint: proxy.endpoint });
      const watch = new AlarmWatch(source, ['loud'], silentLogger);
      await watch.refresh();
      expect(watch.readings()).toMatchObject([{ subject: 'loud', value: 1 }]);
      proxy.fault = 'broken';
      await watch.refresh();
      expect(watch.failure).toBeDefined();
      expect(watch.readings()).toEqual([]);
    });
  });
});
