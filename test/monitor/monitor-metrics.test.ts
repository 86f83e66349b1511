import { beforeEach, describe, expect, test } from 'vitest';
import type { CycleReport } from '../../runtime/monitor/judge/cycle-report.ts';
import { MonitorMetrics } from '../../runtime/monitor/monitor-metrics.ts';
import { opening } from '../support/judge/incident.ts';
import { verdictOn } from '../support/judge/verdict.ts';

describe("the monitor's metrics", () => {
  let leads: boolean;
  let nowMs: number;
  let metrics: MonitorMetrics;
  const lines = async () =>
    (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('perch'))
      .map((line) => line.replace(/,service="shop"}/, '}').replace('{service="shop"}', ''));
  const report = (overrides: Partial<CycleReport> = {}): CycleReport => ({
    nowMs,
    buckets: [],
    weight: 25,
    verdict: undefined,
    open: [],
    ...overrides,
  });

  beforeEach(() => {
    leads = true;
    nowMs = 1_000;
    metrics = new MonitorMetrics({
      service: 'shop',
      leads: () => leads,
      pending: () => new Map([['email', 2]]),
      failingChannels: () => ['email'],
      monotonicMs: () => nowMs,
    });
  });

  test('every series carries the service', async () => {
    metrics.sampled([], 'written');
    const all = (await metrics.text()).split('\n').filter((line) => line.startsWith('perch'));
    expect(all.filter((line) => !line.includes('service="shop"'))).toEqual([]);
  });

  test('the metrics count cycles and give the time since the last one', async () => {
    metrics.sampled([], 'written');
    metrics.sampled([], 'refused');
    metrics.judged(report());
    nowMs += 1_500;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'perch_monitor_looks_total{at="host"} 2',
        'perch_monitor_looks_total{at="release"} 1',
        'perch_monitor_seconds_since_look{at="host"} 1.5',
        'perch_monitor_seconds_since_look{at="release"} 1.5',
        'perch_monitor_samples_total{outcome="written"} 1',
        'perch_monitor_samples_total{outcome="refused"} 1',
        'perch_monitor_leader 1',
      ]),
    );
  });

  test('the metrics give the verdict with its evidence, and the open incidents of each rule', async () => {
    const verdict = verdictOn([]);
    const open = ['host-1:/', 'host-2:/'].map((disk) => opening('host-disk', disk).incident);
    metrics.judged(report({ verdict, open }));
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'perch_monitor_verdict{verdict="inconclusive"} 1',
        'perch_monitor_e_value{metric="errors"} 1',
        'perch_monitor_e_value{metric="latency"} 1',
        'perch_monitor_open_incidents{rule="host-disk"} 2',
        'perch_monitor_outbox_pending{channel="email"} 2',
        'perch_monitor_channel_failing{channel="email"} 1',
      ]),
    );
    metrics.judged(report());
    expect((await lines()).join()).not.toMatch(/verdict|e_value|open_incidents/);
  });

  test('the metrics of a monitor that lost leadership leave out what only the leader knows', async () => {
    metrics.sampled([], 'written');
    metrics.judged(report({ open: [opening('host-disk', 'host-1:/').incident] }));
    leads = false;
    const left = (await lines()).join();
    expect(left).not.toMatch(/verdict|open_incidents|outbox|since_look{at="release"}/);
    expect(left).toContain('perch_monitor_leader 0');
    expect(left).toContain('perch_monitor_seconds_since_look{at="host"}');
  });

  test('the metrics count delivery attempts and source errors', async () => {
    metrics.delivered('email', 'failed');
    metrics.delivered('email', 'sent');
    metrics.delivered('webhook', 'given-up');
    metrics.sampled([{ source: 'docker', reason: 'connect ENOENT' }], 'written');
    metrics.sourceFailed('cloudwatch');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'perch_monitor_deliveries_total{channel="email",outcome="failed"} 1',
        'perch_monitor_deliveries_total{channel="email",outcome="sent"} 1',
        'perch_monitor_deliveries_total{channel="webhook",outcome="given-up"} 1',
        'perch_monitor_source_errors_total{source="docker"} 1',
        'perch_monitor_source_errors_total{source="cloudwatch"} 1',
      ]),
    );
  });
});
