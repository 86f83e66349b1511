import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  channelAlarm,
  hostAlarms,
  leaderAlarm,
  machineAlarm,
} from '../../../infra/targets/aws/alarm-rules.ts';
import { containerMetrics, type ContainerMetric } from '../../../runtime/contract/cloudwatch.ts';
import { noCounts, type TrafficBucket } from '../../../runtime/core/analysis/traffic-counts.ts';
import { measured, measurementsOf } from '../../../runtime/monitor/cloudwatch/measurements.ts';
import { TrackMeter } from '../../../runtime/monitor/cloudwatch/track-meter.ts';
import { hostSample } from '../../support/host-sample.ts';
import { monitorConfig } from '../../support/judge/monitor.ts';

const containersPerHost = 20;
const counts = { ...noCounts, requests: 10, failures: 1, latency: new Map([[100, 10]]) };
const bucket: TrafficBucket = { startMs: 0, weight: 25, stable: counts, canary: counts };

const numbered = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** Number of custom metrics, which CloudWatch tells apart by name and dimensions. */
function metricCount(hostCount: number, cloudwatch: object): number {
  const chosen: readonly ContainerMetric[] =
    monitorConfig({ cloudwatch }).cloudwatch?.containers ?? [];
  const ofHosts = numbered(hostCount, 'host').flatMap((host) =>
    measurementsOf('shop', hostSample(host, numbered(containersPerHost, `${host}-app`)), chosen),
  );
  const ofTracks = new TrackMeter('shop', 0).take([bucket], 25, 20_000);
  const ofChannels = measured('channel.failing', 0, { service: 'shop' });
  return new Set(
    [...ofHosts, ...ofTracks, ...ofChannels].map(({ metric, dimensions }) =>
      JSON.stringify([metric, dimensions]),
    ),
  ).size;
}

/** Number of alarms of a prod stack. */
function alarmCount(hostCount: number): number {
  const ofHosts = numbered(hostCount, 'host').flatMap((host) => [
    ...hostAlarms('shop', host, {}),
    machineAlarm('shop', host, 'i-1'),
  ]);
  return ofHosts.length + [leaderAlarm('shop'), channelAlarm('shop')].length;
}

const page = readFileSync(join(import.meta.dirname, '../../../docs/monitoring.md'), 'utf8');

/** Cells of the row of the page's table of costs that begins with `first`. */
function costRow(first: string): string[] {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const row = rows.find((cells) => cells[1] === first);
  return row?.slice(2, -1) ?? [];
}

/** Cells of that row as the code has it. */
function computedRow(hostCount: number, cloudwatch: object): string[] {
  const [metrics, alarms] = [metricCount(hostCount, cloudwatch), alarmCount(hostCount)];
  const dollars = (0.3 * metrics + 0.1 * alarms).toFixed(2);
  return [String(metrics), String(alarms), `$${dollars}`];
}

test.each([2, 5])('the page says what CloudWatch costs for %d hosts by default', (hostCount) => {
  expect(costRow(`${hostCount} hosts`)).toEqual(computedRow(hostCount, {}));
});

test('the page says what all metrics of containers would cost', () => {
  const row = costRow('5 hosts with 20 containers each, every metric of containers');
  expect(row).toEqual(computedRow(5, { containers: containerMetrics }));
});

test('the number of metrics does not depend on the number of containers by default', () => {
  expect(metricCount(5, {})).toBeLessThanOrEqual(25);
  expect(metricCount(5, { containers: ['container.oom-kills'] })).toBe(
    metricCount(5, {}) + 5 * containersPerHost,
  );
});
