import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployedStacks, importDeployed, type DeployedTarget } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Step } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();
const targets = Object.keys(deployedStacks) as DeployedTarget[];

/** Replaced by a release: containers with what is made for them, and the commands about them. */
const madeByReleases = [
  'docker:index/container:Container',
  'docker:index/image:Image',
  'docker:index/remoteImage:RemoteImage',
  'random:index/randomId:RandomId',
  'command:local:Command',
  'command:remote:Command',
];

/** Lasts longer than any release, though its type is among {@link madeByReleases}. */
const lasting = /-ready$/;

const inPlace = ['same', 'update', 'read', 'refresh'];

/** The old one makes way for a new one of the same name: nothing is deleted for good. */
const replacing = ['replace', 'create-replacement', 'delete-replaced'];

/** Resources that are new since release 0.1. */
const added =
  /-(channel-failing|unused-host-key|balancer-out|measured|pull|healthy|weight-end)$|^(stable|canary)-release$|^proxy-.*-second$/;

/** The steps that no release may take. */
function harm(steps: readonly Step[]): string[] {
  const isReplaceable = ({ type, name }: Step) =>
    madeByReleases.includes(type) && !lasting.test(name);
  return steps
    .filter(({ operation }) => !inPlace.includes(operation))
    .filter((step) => !(isReplaceable(step) && replacing.includes(step.operation)))
    .filter(
      ({ operation, type, name }) =>
        !(operation === 'create' && (type.startsWith('perch:') || added.test(name))),
    )
    .map(({ operation, type, name }) => `${operation} ${type} ${name}`);
}

/**
 * The steps of Redis' container, in order. Its start command changed after release 0.1, so that the
 * first update replaces it once. Its volume, which holds the data, is covered by {@link harm}.
 */
function redisSteps(steps: readonly Step[]): string[] {
  return steps
    .filter(({ type, name }) => type === 'docker:index/container:Container' && name === 'redis')
    .map(({ operation }) => operation);
}

describe.each(targets)('Target %s on a real engine', unless(reason), (target) => {
  let engine: Engine;
  let stacks: ReadonlyMap<string, Stack>;

  beforeAll(async () => {
    engine = await Engine.start();
    stacks = await importDeployed(engine, target);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  // The canary comes first: its prod stack is then one that the old program deployed.
  test.each(Object.keys(deployedStacks[target]).toSorted())(
    "today's program updates the deployed stack %s and replaces only what every release replaces",
    async (name) => {
      const stack = stacks.get(name);
      if (stack === undefined) throw new Error(`there is no stack ${name}`);
      // Providers, hosts, networks, volumes, keys: nothing of them is made, replaced or deleted.
      const { output, steps } = await stack.upBySteps();
      expect(output).not.toContain('error');
      expect(steps.length).toBeGreaterThan(20);
      expect(harm(steps)).toEqual([]);
      // Two servers must never write to one volume: the old one goes first.
      const runsRedis = steps.some(
        ({ type, name }) => type.endsWith(':Volume') && name === 'redis',
      );
      expect(redisSteps(steps)).toEqual(
        runsRedis ? ['delete-replaced', 'replace', 'create-replacement'] : [],
      );
    },
  );
});
