import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PerchProcess } from '../../support/processes/perch-process.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { digest } from './support/local-stack.ts';
import { PerchInDocker } from './support/perch-in-docker.ts';
import { whyNoLongTest } from './support/plugins.ts';

const reason = whyNoLongTest();
const runtimeImage = `registry.perch.internal/shop/perch@sha256:${'e'.repeat(64)}`;
const common = { runtimeImage, swapJudgeSeconds: 0 };
const { prod, canary } = deployedStacks.server;
const settings = {
  prod: { ...prod, ...common, image: digest('a'), stableCount: 2 },
  canary: { ...canary, ...common, image: digest('b'), steps: [{ weight: 5, minutes: 1 }] },
};

interface Status {
  readonly release: {
    readonly phase: string;
    readonly weight: number;
    readonly members: readonly { track: string; version: string; state: string }[];
  };
}

describe(
  'The canary stack of a prod stack on a real engine, with a real perch, monitor and Redis',
  unless(reason),
  () => {
    let engine: Engine;
    let stacks: Record<'prod' | 'canary', Stack>;
    let perch: PerchInDocker;
    let monitor: PerchProcess;
    let files: string;

    beforeAll(async () => {
      engine = await Engine.start('stand-ins', undefined, { STAND_IN_RUNS_PERCH: '1' });
      perch = await PerchInDocker.startEmpty(engine, 'shop');
      // A host that is this machine: what ssh is to run there runs here.
      engine.programs.add('ssh', 'for script; do :; done\nexec sh -c "$script"');
      monitor = perch.startMonitor();
      stacks = {
        prod: await emptyStack(engine, 'prod', settings.prod),
        canary: await emptyStack(engine, 'canary', settings.canary),
      };
      files = read();
      await stacks.prod.up();
      commit();
    });
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
      await monitor[Symbol.asyncDispose]();
      await perch[Symbol.asyncDispose]();
    });

    const fromCanary = ['--stack', 'prod', '--from', 'canary', '--verify', '0'];

    const read = () =>
      ['prod', 'canary']
        .map((name) => readFileSync(join(engine.project, `Pulumi.${name}.yaml`), 'utf8'))
        .join('\n');

    /** Makes a repository of the project, so that releases are recorded with its commit. */
    function commit(): void {
      const git = (...words: string[]) =>
        execFileSync('git', ['-C', engine.project, ...words], { stdio: 'pipe' });
      git('init', '--quiet');
      git('add', '--all');
      const identity = ['-c', 'user.name=perch', '-c', 'user.email=perch@perch.internal'];
      git(...identity, 'commit', '--quiet', '--message', 'shop');
    }

    /** Deploys the canary, and promotes it once its rollout is followed. */
    async function rollOut(...options: readonly string[]) {
      const words = ['--stack', 'canary', '--progressive', '--verify', '0', ...options];
      const running = engine.startDeploy(words);
      const isFollowed = () => running.output.includes('progressing');
      await until(isFollowed, { what: 'the rollout is followed' });
      await perch.run('rollout', 'promote', '--reason', 'urgent');
      return await running.finished;
    }

    async function expectOnly(character: string): Promise<void> {
      const { release } = JSON.parse(await perch.run('status', '--json')) as Status;
      expect(release).toMatchObject({ phase: 'succeeded', weight: 0 });
      expect(
        release.members.map(({ track, version, state }) => `${track} ${version} ${state}`),
      ).toEqual(Array.from({ length: 2 }, () => `stable ${character.repeat(12)} active`));
      expect(await stacks.prod.outputs()).toMatchObject({ image: digest(character) });
      expect(read()).toBe(files);
    }

    test('a canary that has passed every step is promoted by a deployment of prod from it', async () => {
      const run = await rollOut();
      expect(run.output).toContain('npx perch deploy --stack canary --promote prod');
      expect(run).toSucceed();
      expect((await perch.history())[0]).toMatchObject({ track: 'canary', image: digest('b') });
      const promoted = await engine.deploy(fromCanary);
      expect(promoted.output).toContain(`promoting version ${'b'.repeat(12)} to prod`);
      expect(promoted).toSucceed();
      await expectOnly('b');
    });

    test('a canary is deployed and promoted by one command', async () => {
      const run = await rollOut('--promote', 'prod', '--image', digest('c'));
      expect(run.output).toContain(`version ${'c'.repeat(12)} serves everywhere`);
      expect(run).toSucceed();
      await expectOnly('c');
    });

    test('prod is deployed as configured from a canary that has ended', async () => {
      const { output } = await engine.deploy(fromCanary);
      expect(output).toContain('the canary of canary is not promoted: it has no members');
      await expect(stacks.prod.outputs()).resolves.toMatchObject({ image: digest('a') });
    });
  },
);
