import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../support/until.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const requests = 1_000;

describe('A running service on a real Docker engine', unless(reason), () => {
  let release: RealRelease;
  let before: { total: number; startedAt: number };

  beforeAll(async () => {
    release = await RealRelease.start('real-repair');
  });
  beforeEach(() => {
    before = { total: release.traffic.counts.total, startedAt: performance.now() };
  });
  afterAll(() => release[Symbol.asyncDispose]());

  /** Goes on until enough requests were sent since the test began, and summarises them. */
  async function endTraffic(): Promise<string> {
    const { traffic } = release;
    const sent = () => traffic.counts.total - before.total;
    await until(() => sent() >= requests, { timeoutMs: 120_000 });
    await traffic.pause();
    const seconds = Math.round((performance.now() - before.startedAt) / 1_000);
    return `${seconds} s, ${sent()} requests, ${traffic.counts.failed} failures`;
  }

  test('an update makes a member again whose container was removed by hand, and no request fails', async ({
    annotate,
  }) => {
    const { stack, traffic } = release;
    const old = release.containers('app').find(({ name }) => name.startsWith('stable'));
    traffic.setRate(50);
    execFileSync('docker', ['rm', '--force', old?.id ?? '']);
    expect(await stack.refresh()).toSucceed();
    const { output, steps } = await stack.upBySteps();
    expect(output).not.toContain('error');
    const changed = steps.filter(({ operation }) => operation !== 'same');
    // The container, and the wait for it.
    expect(new Set(changed.map(({ name }) => name.replace('-healthy', ''))).size).toBe(1);
    expect(changed.filter(({ type }) => type.startsWith('docker:'))).toMatchObject([
      { operation: 'create' },
    ]);
    await annotate(await endTraffic());
    expect([...traffic.counts.failures]).toEqual([]);
    const active = await release.members('v1', 'active');
    expect(active).toContain(old?.member);
    expect((await release.document())?.members).toHaveLength(3);
    expect(release.housedMembers()).toEqual(active);
    // A proxy that saw it fail ejects it for 30 s.
    await until(async () => (await traffic.send(40, 8)).members.has(old?.member ?? ''), {
      what: 'the member to get requests again',
      timeoutMs: 60_000,
    });
    expect([...traffic.counts.failures]).toEqual([]);
    expect((await stack.up()).output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  });

  test.for([
    { part: 'proxy', key: 'proxyWorkers', value: '4' },
    { part: 'monitor', key: 'thresholds.hostDiskPercent', value: '95' },
    { part: 'redis', key: 'redisMemoryMiB', value: '96' },
  ] as const)(
    'a change of $key swaps the $part, and no request fails',
    async ({ part, key, value }, { annotate }) => {
      const { stack, traffic } = release;
      const idsOf = () => release.containers(part).map(({ id }) => id);
      const old = idsOf();
      const members = release.containers('app').map(({ id }) => id);
      traffic.setRate(100);
      await stack.configure(key, value);
      const run = await stack.up();
      expect(run.output).not.toContain('error');
      await annotate(await endTraffic());
      expect([...traffic.counts.failures]).toEqual([]);
      const swapped = idsOf();
      expect(swapped).toHaveLength(old.length);
      expect(old.filter((id) => swapped.includes(id))).toEqual([]);
      expect(release.containers('app').map(({ id }) => id)).toEqual(members);
      expect((await release.document())?.members).toHaveLength(3);
      const tally = await traffic.send(400, 8);
      // Each worker splits exactly, and each may be in the middle of a block.
      expect(Math.abs(tally.answeredBy('canary') - 100)).toBeLessThanOrEqual(15);
    },
  );
});
