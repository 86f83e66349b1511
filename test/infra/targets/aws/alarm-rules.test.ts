import { describe, expect, test } from 'vitest';
import {
  dashboardBody,
  hostAlarms,
  channelAlarm,
  leaderAlarm,
  machineAlarm,
} from '../../../../infra/targets/aws/alarm-rules.ts';
import { cloudwatchMetrics, containerMetrics } from '../../../../runtime/contract/cloudwatch.ts';
import { tracks } from '../../../../runtime/contract/names.ts';
import { noCounts, type TrafficBucket } from '../../../../runtime/core/analysis/traffic-counts.ts';
import { ruleSettingsSchema, rulesOf } from '../../../../runtime/core/alerting/rule-config.ts';
import { parseMonitorConfig } from '../../../../runtime/monitor/config.ts';
import { measured, measurementsOf } from '../../../../runtime/monitor/cloudwatch/measurements.ts';
import { TrackMeter } from '../../../../runtime/monitor/cloudwatch/track-meter.ts';
import { hostSample } from '../../../support/host-sample.ts';

const dashboard = { service: 'shop', region: 'eu-central-1', hosts: ['host-1'] };
const counts = { ...noCounts, requests: 10, failures: 1, latency: new Map([[100, 10]]) };
const bucket: TrafficBucket = { startMs: 0, weight: 25, stable: counts, canary: counts };

/** Everything that the monitor of host-1, as the leader, can publish about the service shop. */
const published = [
  ...measurementsOf('shop', hostSample('host-1', ['canary-1']), containerMetrics),
  ...new TrackMeter('shop', 0).take([bucket], 25, 20_000),
  ...measured('channel.failing', 0, { service: 'shop' }),
].map(({ metric, dimensions }) => ({ metric, dimensions }));

describe('Alarms and dashboard', () => {
  test('every alarm watches a metric with exactly the dimensions that monitors publish', () => {
    const rules = [...hostAlarms('shop', 'host-1', {}), leaderAlarm('shop'), channelAlarm('shop')];
    expect(rules).toHaveLength(5);
    const { cloudwatch } = parseMonitorConfig('{"cloudwatch":{}}', 'test');
    for (const { namespace, metricName, dimensions } of rules) {
      expect(namespace).toBe(cloudwatch?.namespace);
      expect(published).toContainEqual({ metric: metricName, dimensions });
    }
  });

  test('every line of the dashboard shows a metric that monitors publish', () => {
    const body: unknown = JSON.parse(dashboardBody({ ...dashboard, thresholds: {} }));
    const { widgets } = body as { widgets: { properties: { metrics: string[][] } }[] };
    const lines = widgets.flatMap(({ properties }) => properties.metrics);
    expect(lines).toHaveLength(3 + 3 * tracks.length + 1);
    for (const [namespace, metric, ...pairs] of lines) {
      const dimensions: Record<string, string> = {};
      for (let at = 0; at < pairs.length; at += 2)
        dimensions[pairs[at] ?? ''] = pairs[at + 1] ?? '';
      expect(namespace).toBe('Perch');
      expect(published).toContainEqual({ metric, dimensions });
    }
  });

  test('monitors publish exactly the metrics of the contract, with all their dimensions', () => {
    const kinds = new Map(published.map(({ metric, dimensions }) => [metric, dimensions]));
    expect([...kinds.keys()].sort()).toEqual(Object.keys(cloudwatchMetrics).sort());
    for (const [metric, dimensions] of kinds) {
      expect(Object.keys(dimensions)).toEqual(cloudwatchMetrics[metric].dimensions);
    }
  });

  test('alarms on hosts have the thresholds of the monitor, and a rule that is off has no alarm', () => {
    const thresholds = {
      hostDiskPercent: 90,
      hostMemoryPercent: { threshold: 75, forSeconds: 60 },
      hostCpuPercent: false,
    };
    const rules = hostAlarms('shop', 'host-1', thresholds);
    expect(rules.map(({ name, threshold }) => [name, threshold])).toEqual([
      ['shop-host-1-disk', 90],
      ['shop-host-1-memory', 75],
    ]);
    const body = dashboardBody({ ...dashboard, thresholds });
    expect(body).toContain('"value":90');
    expect(body).not.toContain('host.cpu-percent');
  });

  test('only the alarms on a broken machine, a missing leader and a failing channel send notifications', () => {
    const rules = [
      ...hostAlarms('shop', 'host-1', {}),
      machineAlarm('shop', 'host-1', 'i-1'),
      leaderAlarm('shop'),
      channelAlarm('shop'),
    ];
    expect(rules.filter(({ notifies }) => notifies).map(({ name }) => name)).toEqual([
      'shop-host-1-status',
      'shop-unjudged',
      'shop-channel-failing',
    ]);
  });

  test('the alarm on a machine watches the status checks of EC2', () => {
    expect(machineAlarm('shop', 'host-1', 'i-1')).toMatchObject({
      namespace: 'AWS/EC2',
      metricName: 'StatusCheckFailed',
      dimensions: { InstanceId: 'i-1' },
    });
  });
});

test("alarms on a host have the thresholds of the monitor's default rules", () => {
  const inForce = rulesOf(ruleSettingsSchema.parse({}));
  for (const { metricName, threshold } of hostAlarms('shop', 'host-1', {})) {
    const rule = inForce.find(({ metric }) => metric === metricName);
    expect({ metricName, threshold }).toEqual({ metricName, threshold: rule?.threshold });
  }
});
