import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import type { Answer } from '../../../rehearsal/traffic/send-request.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { fallibleVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import type { RunningCommand } from './support/running-command.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-progressive';
const memberCount = 2;
const ratePerSecond = 100;
const requests = 5_000;
const weights = [10, 30, 60];

const versionOf = (image: string) => image.slice('sha256:'.length).slice(0, 12);

describe('A progressive deployment, really', unless(reason), () => {
  let release: RealRelease;
  let built: string;
  let serving: string;
  let first = 0;
  /** Answers of canaries since the test began. */
  let canary: Answer[] = [];

  beforeAll(async () => {
    release = await RealRelease.start(service, {
      stableCount: memberCount,
      version: undefined,
      swapJudgeSeconds: 3,
      steps: weights.map((weight) => ({ weight, minutes: 0.2, until: 1 })),
      onInconclusive: 'continue',
    });
    built = String((await release.stack.outputs())['image']);
    serving = built;
    release.traffic.onAnswer((answer) => {
      if (answer.track === 'canary') canary.push(answer);
    });
    release.traffic.setRate(ratePerSecond);
  });
  afterAll(() => release?.[Symbol.asyncDispose]());

  function start(image: string): RunningCommand {
    first = release.traffic.counts.total;
    canary = [];
    const wanted = ['--stack', service, '--image', image, '--progressive', '--verify', '5'];
    return release.engine.startDeploy(wanted);
  }

  const perch = (...words: string[]) =>
    execFileSync('sh', ['-c', inMonitor({ service }, words)], { encoding: 'utf8' });

  /** Waits until the rollout of the canary with an image is at a step. */
  async function untilStep(image: string, step: number): Promise<void> {
    await until(
      async () => {
        const document = await release.document();
        const [member] = await release.members(versionOf(image), 'active');
        return member !== undefined && document?.phase === 'progressing' && document.step === step;
      },
      { what: `step ${step}`, timeoutMs: 300_000, everyMs: 50 },
    );
  }

  async function expectPromoted(image: string): Promise<void> {
    const document = await release.document();
    const active = await release.members(versionOf(image), 'active');
    expect(active).toHaveLength(memberCount);
    expect(document?.members.filter(({ track }) => track === 'canary')).toEqual([]);
    expect(document?.members.map(({ id }) => id).toSorted()).toEqual(active);
    expect(release.housedMembers()).toEqual(active);
    expect(document).toMatchObject({ phase: 'succeeded', weight: 0 });
    serving = image;
  }

  /** Times and counts, for people. */
  function summary(began: number, wanted: string): string {
    const seconds = (at: number) => `${((at - began) / 1_000).toFixed(1)} s`;
    const dueAt = canary.find(({ version }) => version === versionOf(wanted))?.dueAt ?? 0;
    const failed = canary.filter(({ failure }) => failure !== undefined).length;
    const { total } = release.traffic.counts;
    return `${seconds(dueAt)} to the canary's first request, ${seconds(Date.now())} to the end; ${total - first} requests, ${canary.length} of canaries, ${failed} failed`;
  }

  async function untilEnough(): Promise<void> {
    const { counts } = release.traffic;
    await until(() => counts.total >= first + requests, { timeoutMs: 300_000 });
  }

  test(`it goes through three steps and promotes, and none of ${requests} requests fails`, async ({
    annotate,
  }) => {
    const image = fallibleVariant(built, 'good');
    const began = Date.now();
    const running = start(image);
    const shares = new Set<number>();
    let isOver = false;
    void running.finished.then(() => (isOver = true));
    const watched = async () => {
      const document = await release.document();
      if (document?.phase === 'progressing') shares.add(document.weight);
      return isOver;
    };
    await until(watched, { what: 'the end', timeoutMs: 800_000, everyMs: 200 });
    const run = await running.finished;
    await annotate(summary(began, image));
    await annotate(run.output);
    expect(run).toSucceed();
    expect([...shares]).toEqual(expect.arrayContaining(weights));
    await expectPromoted(image);
    await untilEnough();
    expect([...release.traffic.counts.failures]).toEqual([]);
  });

  test('a canary that fails at the second step is ejected, and nothing else has changed', async ({
    annotate,
  }) => {
    const image = fallibleVariant(built, 'bad');
    const stable = await release.members(versionOf(serving), 'active');
    const began = Date.now();
    const running = start(image);
    await untilStep(image, 1);
    const members = (await release.document())?.members ?? [];
    for (const { url } of members.filter(({ track }) => track === 'canary')) {
      const body = JSON.stringify({ 'error-share': 50 });
      await fetch(`${url}/faults`, { method: 'POST', body });
    }
    const run = await running.finished;
    await annotate(summary(began, image));
    await annotate(run.output);
    expect(run).not.toSucceed();
    expect(run.output).toMatch(/requests? .*fail/);
    expect(await release.document()).toMatchObject({ phase: 'aborted', weight: 0, step: 1 });
    expect(await release.members(versionOf(serving), 'active')).toEqual(stable);
    const ejected = await release.members(versionOf(image), 'ejected');
    expect(ejected).toHaveLength(1);
    expect(release.housedMembers()).toEqual([...stable, ...ejected].toSorted());
    await untilEnough();
    const failed = canary.filter(({ failure }) => failure !== undefined).length;
    expect(release.traffic.counts.failed).toBe(failed);
  });

  test('one that is paused, resumed and promoted early promotes, and no request fails', async ({
    annotate,
  }) => {
    const image = fallibleVariant(built, 'early');
    const failedBefore = release.traffic.counts.failed;
    const began = Date.now();
    const running = start(image);
    await untilStep(image, 0);
    perch('rollout', 'pause', '--reason', 'lunch');
    const paused = { phase: 'paused', step: 0, weight: weights[0] };
    expect(await release.document()).toMatchObject(paused);
    const { total } = release.traffic.counts;
    await until(() => release.traffic.counts.total >= total + 1_500, { timeoutMs: 120_000 });
    // Meanwhile the update removes the canary before this one.
    expect(await release.document()).toMatchObject(paused);
    perch('rollout', 'resume', '--reason', 'lunch is over');
    await until(async () => (await release.document())?.phase === 'progressing');
    perch('rollout', 'promote', '--reason', 'urgent fix');
    const run = await running.finished;
    await annotate(summary(began, image));
    await annotate(run.output);
    expect(run).toSucceed();
    await expectPromoted(image);
    await untilEnough();
    expect(release.traffic.counts.failed).toBe(failedBefore);
  });
});
