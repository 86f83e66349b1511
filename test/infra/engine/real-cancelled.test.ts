import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { configureWords } from './support/configure-words.ts';
import { openVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import type { RunningCommand } from './support/running-command.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-cancelled';
const memberCount = 2;
const ratePerSecond = 100;
const requests = 5_000;

/** Moment of a deployment. */
interface Moment {
  readonly stage: string;
  /** True once the deployment of `version` is there. */
  readonly isReached: (running: RunningCommand, version: string) => boolean | Promise<boolean>;
}

describe('A job that is cancelled, really', unless(reason), () => {
  let release: RealRelease;
  let built: string;
  let count = 0;

  beforeAll(async () => {
    release = await RealRelease.start(service, {
      role: 'prod',
      stableCount: memberCount,
      version: undefined,
      swapJudgeSeconds: 3,
    });
    built = String((await release.stack.outputs())['image']);
    await configureWords(release.stack, 'beforeRelease', ['sh', '-c', 'echo migrating; sleep 4']);
    release.traffic.setRate(ratePerSecond);
  });
  afterAll(() => release?.[Symbol.asyncDispose]());

  const preview: Moment = {
    stage: 'it previews',
    isReached: ({ output }) => output.includes('previewing the update'),
  };
  const migration: Moment = {
    stage: 'the migration runs',
    isReached: ({ output }) => output.includes('migrating'),
  };
  const start: Moment = {
    stage: 'a new member starts',
    isReached: async (_, version) => {
      const reserved = await release.members(version, 'reserved');
      return reserved.some((id) => release.housedMembers().includes(id));
    },
  };
  const swap: Moment = {
    stage: 'a new member serves',
    isReached: async (_, version) => (await release.members(version, 'active')).length === 1,
  };
  const watch: Moment = {
    stage: 'it watches',
    isReached: ({ output }) => /^Updating[\s\S]*^\s*Duration: /m.test(output),
  };

  test.for([
    ...[preview, migration, start, swap, watch].map((moment) => ({
      ...moment,
      cancel: 'a signal stops',
    })),
    ...[migration, swap].map((moment) => ({ ...moment, cancel: 'a lost machine stops' })),
  ])(
    `a deployment that $cancel while $stage goes on when it runs again, and ${requests} requests do not fail`,
    async ({ cancel, isReached }, { annotate }) => {
      const { stack, engine, traffic } = release;
      count += 1;
      const before = traffic.counts.total;
      const image = openVariant(built, `${service}-${count}`);
      const version = image.slice('sha256:'.length).slice(0, 12);
      await stack.configure('image', image);
      const running = engine.startDeploy(['--stack', service, '--verify', '600']);
      await until(() => isReached(running, version), { everyMs: 20 });
      if (cancel.includes('signal')) running.signal('SIGTERM');
      const cut = cancel.includes('signal') ? await running.finished : await running.cutOff();
      expect(cut).not.toSucceed();
      expect(cut.output).not.toContain('rolling back');
      const again = await engine.deploy(['--stack', service, '--verify', '5']);
      const said = [cut.output, again.output].flatMap((text) =>
        text.split('\n').filter((line) => /^deploy: |migrat|beforeRelease/.test(line)),
      );
      const report = () => `${traffic.counts.total - before} requests\n${said.join('\n')}`;
      if (!again.ok) await annotate(again.output);
      expect(again.output).toContain(`${service} is healthy after 5 s`);
      const active = await release.members(version, 'active');
      expect(active).toHaveLength(memberCount);
      expect((await release.document())?.members).toHaveLength(memberCount);
      expect(release.housedMembers()).toEqual(active);
      expect(release.containers('hook')).toEqual([]);
      await until(() => traffic.counts.total >= before + requests, { timeoutMs: 300_000 });
      await annotate(report());
      expect([...traffic.counts.failures]).toEqual([]);
    },
  );
});
