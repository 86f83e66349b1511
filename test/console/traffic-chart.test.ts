import { expect } from 'vitest';
import type { TrafficChart } from '../../runtime/console/traffic-chart.ts';
import { emptyPeriod } from '../../runtime/core/analysis/traffic-period.ts';
import { TrafficHistoryStore } from '../../runtime/store/judge/traffic-history-store.ts';
import { type ConsoleServer, service } from './console-server.ts';
import { test } from './fixtures.ts';

async function chartOf({ origin }: ConsoleServer, range: string): Promise<TrafficChart> {
  return (await (await fetch(`${origin}/api/traffic?range=${range}`)).json()) as TrafficChart;
}

test('the chart of 15 minutes has the buckets of ten seconds, and the events in them', async ({
  staged,
}) => {
  const { fromMs, toMs, periodMs, periods, events } = await chartOf(staged, '15m');
  expect([toMs - fromMs, periodMs]).toEqual([900_000, 10_000]);
  expect(toMs).toBeLessThanOrEqual(Date.now());
  expect(periods.length).toBeGreaterThan(50);
  expect(periods.every(({ startMs }) => startMs >= fromMs && startMs < toMs)).toBe(true);
  expect(periods[5]?.sharePercent).toBe(25);
  expect(periods[5]?.stable.p95Ms).toBeGreaterThan(0);
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['rollout-begun', 'rollout-advanced']);
});

test('the chart of a day has the stored minutes, and newer ones from the counts', async ({
  staged,
}) => {
  const history = new TrafficHistoryStore(staged.redis, service);
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  const old = { ...emptyPeriod(minute - 600 * 60_000), sharePercent: 7 };
  const recent = { ...emptyPeriod(minute - 5 * 60_000), sharePercent: 8 };
  await history.write('minutes', [old, recent]);
  const { periods } = await chartOf(staged, '24h');
  const shares = periods.map(({ startMs, sharePercent }) => [
    (minute - startMs) / 60_000,
    sharePercent,
  ]);
  expect(shares.slice(0, 2)).toEqual([
    [600, 7],
    [5, 8],
  ]);
  expect(shares.slice(2).every(([, share]) => share === 25)).toBe(true);
  expect(shares.length).toBeGreaterThan(4);
});

test('the chart of 30 days has the stored hours', async ({ staged }) => {
  const history = new TrafficHistoryStore(staged.redis, service);
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  await history.write('hours', [emptyPeriod(hour - 300 * 3_600_000)]);
  const { periods, periodMs } = await chartOf(staged, '30d');
  expect(periodMs).toBe(3_600_000);
  expect(periods[0]?.startMs).toBe(hour - 300 * 3_600_000);
});

test('a chart of an unknown range is an error that names the known ones', async ({ staged }) => {
  const response = await fetch(`${staged.origin}/api/traffic?range=2h`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    detail: 'range must be one of 15m, 1h, 24h, 30d, got 2h',
  });
});

test('the charts mark changes of the weight and of steps, ejections, flags and deployments', async ({
  staged,
}) => {
  await staged.events.append({ type: 'weight-set', text: 'weight set to 30', by: 'ada' });
  await staged.events.append({ type: 'canary-ejected', text: 'it fails', by: 'monitor host-1' });
  await staged.events.append({ type: 'notified', text: 'an email was sent', by: 'monitor host-1' });
  const { events } = await chartOf(staged, '1h');
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set([
      'rollout-begun',
      'rollout-advanced',
      'flag-set',
      'deployment',
      'weight-set',
      'canary-ejected',
    ]),
  );
  const times = events.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
