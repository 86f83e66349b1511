import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { until } from '../../support/until.ts';
import { failingVariant, harmlessVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const memberCount = 4;
const ratePerSecond = 100;

describe('A stable release, really', unless(reason), () => {
  let release: RealRelease;
  let built: string;

  beforeAll(async () => {
    release = await RealRelease.start('real-bad-release', {
      role: 'prod',
      stableCount: memberCount,
    });
    built = String((await release.stack.outputs())['image']);
    release.traffic.setRate(ratePerSecond);
  });
  afterAll(() => release?.[Symbol.asyncDispose]());

  test('a good one swaps all members, one after the other, and fails no request', async ({
    annotate,
  }) => {
    const { stack, traffic } = release;
    await stack.configure('image', harmlessVariant(built, 'next'));
    const began = performance.now();
    const run = await stack.up();
    const seconds = Math.round((performance.now() - began) / 1_000);
    await annotate(`${seconds} s, ${traffic.counts.total} requests`);
    expect(run.output).not.toContain('error:');
    expect(run).toSucceed();
    expect(traffic.counts.failed).toBe(0);
  });

  test('one that passes its health checks and answers all else with 500 stops at its first member', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    const before = release.housedMembers();
    await stack.configure('image', failingVariant(built));
    const run = await engine.deploy(['--stack', stack.name, '--verify', '10']);
    const evidence =
      /member (stable-0-\w+) was drained: (\d+) of its \2 requests failed, against 0 of/;
    await annotate(`${traffic.counts.total} requests, ${traffic.counts.failed} failed`);
    await annotate(run.output.split('\n').find((line) => evidence.test(line)) ?? '');
    expect(run).not.toSucceed();
    expect(run.output).toMatch(evidence);
    // The log of the drained member is kept, although its container is healthy.
    const file = /deploy: the logs are kept in (\S+)/.exec(run.output)?.[1] ?? '';
    expect(readFileSync(join(engine.project, file), 'utf8')).toMatch(/^container stable-0-/m);
    expect(traffic.counts.failed).toBeLessThan(memberCount * ratePerSecond);
    // All members but the first one are those of before.
    const after = release.housedMembers();
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after).toHaveLength(memberCount);
    const total = traffic.counts.total;
    const failed = traffic.counts.failed;
    await until(() => traffic.counts.total > total + 1_000, { timeoutMs: 60_000 });
    expect(traffic.counts.failed).toBe(failed);
  });
});
