import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { digest, localYaml } from './support/local-stack.ts';
import { PerchInDocker } from './support/perch-in-docker.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';

const reason = whyNoEngine();
const commit = 'c'.repeat(40);
const github = { GITHUB_SHA: commit, GITHUB_ACTOR: 'ada' };

const version = (character: string) => character.repeat(12);

/** Images of the first stable member that a run made. */
const released = (run: Run) =>
  run.operations.flatMap(({ operation, name, inputs }) =>
    operation === 'create' && name === 'stable-0' ? (inputs['image'] ?? []) : [],
  );

describe(
  'The history of a stack on a real engine, with a real perch and Redis',
  unless(reason),
  () => {
    let engine: Engine;
    let stack: Stack;
    let perch: PerchInDocker;

    beforeAll(async () => {
      engine = await Engine.start('stand-ins', undefined, github);
      stack = await engine.stack('local', localYaml);
      perch = await PerchInDocker.start(engine, 'demo');
    });
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
      await perch[Symbol.asyncDispose]();
    });

    async function deploy(character: string): Promise<Run> {
      await stack.configure('image', digest(character));
      return await engine.deploy(['--stack', 'local', '--verify', '0']);
    }

    test('a deployment is recorded with its digests, commit, user, stack and outcome', async () => {
      for (const character of ['a', 'b']) expect(await deploy(character)).toSucceed();
      const [newest, first] = await perch.history();
      expect(newest).toMatchObject({
        stack: 'local',
        track: 'stable',
        action: 'deploy',
        outcome: 'served',
        image: digest('b'),
        version: version('b'),
        commit,
        by: 'ada',
      });
      expect(newest?.['runtimeImage']).toMatch(/sha256:[0-9a-f]{64}$/);
      expect(first).toMatchObject({ image: digest('a'), outcome: 'served' });
    });

    test('a deployment that fails is recorded as rolled back, and what is deployed again as a rollback', async () => {
      await perch.run('member', 'drain', '--id', 's1');
      const run = await deploy('c');
      expect(run).not.toSucceed();
      expect(run.output).toContain('no stable member is active');
      expect(run.output).not.toContain('was not recorded');
      await perch.activate('s2');
      expect((await perch.history()).slice(0, 2)).toMatchObject([
        { image: digest('b'), version: version('b'), action: 'rollback', outcome: 'served' },
        {
          image: digest('c'),
          version: version('c'),
          action: 'deploy',
          outcome: 'rolled-back',
          reason: 'no stable member is active',
        },
      ]);
    });

    test('a rollback deploys the digests of the version before the one that serves, and is recorded', async () => {
      const run = await engine.rollback(['--stack', 'local', '--verify', '0']);
      expect(run).toSucceed();
      expect(released(run)).toEqual([digest('a')]);
      expect(run.output).toContain(`from version ${version('b')} to ${version('a')}`);
      const outputs = await stack.outputs();
      expect(outputs).toMatchObject({ image: digest('a'), version: version('a') });
      expect(await perch.history().then(([newest]) => newest)).toMatchObject({
        image: digest('a'),
        action: 'rollback',
        outcome: 'served',
      });
      // The stack's own file still names what its owner wants to deploy next.
      const configured = await stack.must(['config', 'get', '--stack', 'local', 'image']);
      expect(configured.trim()).toBe(digest('c'));
    });

    test('a rollback to a version that is not recorded changes nothing and names what is', async () => {
      const run = await engine.rollback(['--stack', 'local', 'v9']);
      expect(run).not.toSucceed();
      expect(run.operations).toEqual([]);
      expect(run.output).toContain(
        `VERSION must be a recorded version of stack local that served, got v9; the newest are ${version('b')}, ${version('a')}`,
      );
      const before = await engine.rollback(['--stack', 'local', '--verify', '0']);
      expect(before.output).toContain('no release of stack local that served before');
    });

    test('a plain update carries a command that records the release', async () => {
      await stack.configure('image', digest('d'));
      const { operations } = await stack.up();
      const record = operations.find(
        ({ operation, name }) => operation === 'create' && name === 'stable-release',
      );
      expect(record?.inputs['create']).toContain('perch history end) || echo');
      expect(JSON.parse(String(record?.inputs['stdin']))).toMatchObject({
        stack: 'local',
        track: 'stable',
        outcome: 'served',
        image: digest('d'),
        version: version('d'),
      });
      expect(await stack.preview()).toSucceed();
    });
  },
);
