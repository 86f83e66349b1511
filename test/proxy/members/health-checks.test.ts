import { expect, onTestFinished, test } from 'vitest';
import { HealthChecks } from '../../../runtime/proxy/members/health-checks.ts';
import type { ProbeResult } from '../../../runtime/proxy/members/probe.ts';
import { RoutedMember } from '../../../runtime/proxy/members/routed-member.ts';
import { member } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const warm = { durationMs: 0, now: () => 0 };

test('the checks probe each member repeatedly', async () => {
  const { probes } = checking({ intervalMs: 5, doubtIntervalMs: 1 });
  const both = () => ['stable-1', 'stable-2'].every((id) => count(probes, id) >= 3);
  expect(await until(both)).toBe(true);
});

test('the checks probe a member in doubt sooner', async () => {
  const { probes } = checking({ intervalMs: 3_600_000, doubtIntervalMs: 1, passes: () => false });
  expect(await until(() => count(probes, 'stable-1') === 2)).toBe(true);
});

test('the checks probe a member at once after a failed request', async () => {
  const { checks, members, probes } = checking({ intervalMs: 3_600_000, doubtIntervalMs: 1 });
  await until(() => count(probes, 'stable-1') === 1);
  const [first] = members;
  if (first !== undefined) checks.doubt(first);
  expect(await until(() => count(probes, 'stable-1') === 2)).toBe(true);
});

test('the checks no longer probe a removed member', async () => {
  const { checks, members, probes } = checking({ intervalMs: 5, doubtIntervalMs: 1 });
  await until(() => count(probes, 'stable-1') >= 1);
  checks.watch(members.slice(1));
  const before = count(probes, 'stable-1');
  const other = count(probes, 'stable-2');
  await until(() => count(probes, 'stable-2') >= other + 5);
  expect(count(probes, 'stable-1')).toBe(before);
});

test('the checks ignore the result of a probe that ends after the stop', async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<ProbeResult>();
  const results: ProbeResult[] = [];
  const checks = new HealthChecks({
    doubtIntervalMs: 1,
    probe: async () => {
      asked.resolve();
      return await answered.promise;
    },
    onResult: (_, result) => void results.push(result),
  });
  checks.watch([new RoutedMember(member('stable-1', 20_001), warm)]);
  await asked.promise;
  checks.stop();
  answered.resolve('failed');
  await answered.promise;
  await new Promise(setImmediate);
  expect(results).toEqual([]);
});

function checking(options: {
  intervalMs: number;
  doubtIntervalMs: number;
  passes?: (id: string) => boolean;
}) {
  const { passes = () => true, ...intervals } = options;
  const probes: string[] = [];
  const checks = new HealthChecks({
    ...intervals,
    probe: async ({ id }) => {
      probes.push(id);
      return await Promise.resolve(passes(id) ? 'passed' : 'failed');
    },
    onResult: (one, result) => one.probed(result === 'passed', 0),
  });
  const members = [member('stable-1', 20_001), member('stable-2', 20_002)].map(
    (one) => new RoutedMember(one, warm),
  );
  checks.watch(members);
  onTestFinished(() => checks.stop());
  return { checks, members, probes };
}

function count(probes: readonly string[], id: string): number {
  return probes.filter((one) => one === id).length;
}
