import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { harmlessVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-rollback';
const memberCount = 3;
const ratePerSecond = 100;
const requests = 5_000;

describe('Earlier releases, really', unless(reason), () => {
  let release: RealRelease;
  /** Images of the releases, oldest first. */
  let images: readonly string[];

  beforeAll(async () => {
    release = await RealRelease.start(service, {
      role: 'prod',
      stableCount: memberCount,
      version: undefined,
      swapJudgeSeconds: 3,
    });
    const built = String((await release.stack.outputs())['image']);
    images = ['one', 'two', 'three'].map((name) => harmlessVariant(built, `${service}-${name}`));
    for (const image of images) {
      await release.stack.configure('image', image);
      const run = await release.engine.deploy(['--stack', service, '--verify', '0']);
      if (!run.ok) throw new Error(run.output);
    }
    release.traffic.setRate(ratePerSecond);
  });
  afterAll(() => release?.[Symbol.asyncDispose]());

  const versionOf = (image: string | undefined) =>
    (image ?? '').slice('sha256:'.length).slice(0, 12);

  const serving = async (image: string | undefined) =>
    (await release.members(versionOf(image), 'active')).length;

  test(`a rollback to the version before the last one fails none of ${requests} requests`, async ({
    annotate,
  }) => {
    const { engine, traffic } = release;
    const [oldest] = images;
    const began = performance.now();
    const run = await engine.rollback(['--stack', service, '--verify', '5', versionOf(oldest)]);
    const seconds = Math.round((performance.now() - began) / 1_000);
    expect(run.output).toContain(`to ${versionOf(oldest)}: ${oldest}, deployed `);
    expect(run).toSucceed();
    expect(await serving(oldest)).toBe(memberCount);
    expect((await release.document())?.members).toHaveLength(memberCount);
    await until(() => traffic.counts.total >= requests, { timeoutMs: 300_000 });
    await annotate(
      `${seconds} s; ${traffic.counts.total} requests, ${traffic.counts.failed} failed`,
    );
    expect([...traffic.counts.failures]).toEqual([]);
  });

  test(`while one deployment runs, another one refuses and changes nothing, and ${requests} requests do not fail`, async ({
    annotate,
  }) => {
    const { engine, traffic, stack } = release;
    const before = traffic.counts.total;
    const [, wanted, other] = images;
    await stack.configure('image', wanted ?? '');
    const first = engine.startDeploy(['--stack', service, '--verify', '5']);
    await until(async () => (await serving(wanted)) > 0, { what: 'a first new member' });
    await stack.configure('image', other ?? '');
    const second = await engine.deploy(['--stack', service, '--verify', '0']);
    expect(second).not.toSucceed();
    expect(second.output).toMatch(/stack real-rollback is locked: created by /);
    const run = await first.finished;
    expect(run.output).toContain('is healthy');
    expect(run).toSucceed();
    expect(await serving(wanted)).toBe(memberCount);
    expect(await serving(other)).toBe(0);
    await until(() => traffic.counts.total >= before + requests, { timeoutMs: 300_000 });
    await traffic.pause();
    const { total, failures } = traffic.counts;
    await annotate(`${total - before} requests; ${second.output.split('\n').at(-2)}`);
    expect([...failures]).toEqual([]);
  });
});
