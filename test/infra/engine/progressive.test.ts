import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { digest } from './support/local-stack.ts';
import type { RunningCommand } from './support/running-command.ts';
import { PerchInDocker } from './support/perch-in-docker.ts';
import { whyNoEngine } from './support/plugins.ts';
import { stackYaml } from './support/stack-yaml.ts';

const reason = whyNoEngine();
const version = (character: string) => character.repeat(12);
const settings = {
  role: 'prod',
  target: 'docker',
  httpPort: 8080,
  service: 'shop',
  stableCount: 2,
  swapJudgeSeconds: 0,
  steps: [{ weight: 5, minutes: 1 }],
};

interface Status {
  readonly release: {
    readonly rolloutId: string;
    readonly phase: string;
    readonly weight: number;
    readonly members: readonly { track: string; version: string; state: string }[];
  };
}

describe(
  'A progressive deployment on a real engine, with a real perch and Redis',
  unless(reason),
  () => {
    let engine: Engine;
    let stack: Stack;
    let perch: PerchInDocker;

    beforeAll(async () => {
      engine = await Engine.start('stand-ins', undefined, { STAND_IN_RUNS_PERCH: '1' });
      stack = await engine.stack('prod', stackYaml({ ...settings, image: digest('a') }));
      perch = await PerchInDocker.startEmpty(engine, 'shop');
      await stack.up();
    });
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
      await perch[Symbol.asyncDispose]();
    });

    const file = () => readFileSync(join(engine.project, 'Pulumi.prod.yaml'), 'utf8');
    const options = ['--stack', 'prod', '--progressive', '--verify', '0'];
    const deploy = (character: string) => [...options, '--image', digest(character)];

    async function release(): Promise<Status['release']> {
      return (JSON.parse(await perch.run('status', '--json')) as Status).release;
    }

    async function versions(): Promise<string[]> {
      const { members } = await release();
      return members.map(({ track, version: one, state }) => `${track} ${one} ${state}`).toSorted();
    }

    /** Waits until a deployment follows its rollout. */
    async function following(running: RunningCommand): Promise<void> {
      await running.printed(/progressing/);
    }

    test('an aborted canary changes nothing else, and its deployment fails with the reason', async () => {
      const before = file();
      const running = engine.startDeploy(deploy('b'));
      await following(running);
      expect(await release()).toMatchObject({ phase: 'progressing', weight: 5 });
      await perch.run('rollout', 'abort', '--reason', 'checkout is broken');
      const run = await running.finished;
      expect(run).not.toSucceed();
      expect(run.output).toContain('checkout is broken');
      expect(run.output).toContain('nothing else has changed');
      expect(file()).toBe(before);
      expect(await versions()).toEqual([
        `canary ${version('b')} ejected`,
        ...Array.from({ length: 2 }, () => `stable ${version('a')} active`),
      ]);
      expect((await perch.history())[0]).toMatchObject({
        track: 'canary',
        image: digest('b'),
        outcome: 'failed',
        reason: expect.stringContaining('checkout is broken'),
      });
    });

    test('a deployment that is cancelled leaves the rollout, and a second run attaches and promotes', async () => {
      const running = engine.startDeploy(deploy('c'));
      await following(running);
      const { rolloutId } = await release();
      running.signal('SIGTERM');
      const left = await running.finished;
      expect(left).not.toSucceed();
      expect(left.output).toContain(`rollout ${rolloutId} goes on without this command`);
      const second = engine.startDeploy(deploy('c'));
      await following(second);
      await perch.run('rollout', 'promote', '--reason', 'urgent');
      const run = await second.finished;
      expect(run.output).toContain(`attaching to rollout ${rolloutId}, which is progressing`);
      expect(run.output).toContain(`version ${version('c')} serves everywhere`);
      expect(run).toSucceed();
      expect(await release()).toMatchObject({ rolloutId, phase: 'succeeded', weight: 0 });
      expect(await versions()).toEqual(
        Array.from({ length: 2 }, () => `stable ${version('c')} active`),
      );
      const outputs = await stack.outputs();
      expect(outputs).toMatchObject({ image: digest('c') });
      expect(outputs).not.toHaveProperty('canaryImage');
      const configured = await stack.must(['config', 'get', '--stack', 'prod', 'image']);
      expect(configured.trim()).toBe(digest('a'));
      expect((await perch.history()).slice(0, 2)).toMatchObject([
        { track: 'stable', image: digest('c'), outcome: 'served' },
        { track: 'canary', image: digest('c'), outcome: 'served' },
      ]);
    });
  },
);
