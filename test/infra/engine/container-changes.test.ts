import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Properties } from '../../support/pulumi/stand-in-answers.ts';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();
const containerType = 'docker:index/container:Container';
const members = ['canary-0', 'stable-0', 'stable-1'];

interface Deployment {
  readonly deployment: {
    readonly resources: readonly {
      readonly type: string;
      readonly urn: string;
      readonly inputs: Properties;
      readonly outputs?: Properties;
    }[];
  };
}

function containers(run: Run, operation: string): Map<string, Properties> {
  return new Map(
    run.operations
      .filter((made) => made.type === containerType && made.operation === operation)
      .map(({ name, inputs }) => [name, inputs]),
  );
}

const startPeriodOf = (inputs: Properties | undefined) =>
  (inputs?.['healthcheck'] as Properties | undefined)?.['startPeriod'];

describe('Containers that a change meets, on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
    await stack.configure('runtimeImage', digest('f'));
    await stack.up();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  /** Changes the containers in the stored state. */
  async function changeContainers(
    name: string,
    change: (properties: Properties) => void,
  ): Promise<void> {
    const state = JSON.parse(await stack.exported()) as Deployment;
    for (const { type, urn, inputs, outputs = {} } of state.deployment.resources) {
      if (type !== containerType || !urn.split('::').at(-1)?.startsWith(name)) continue;
      change(inputs);
      change(outputs);
    }
    await stack.importState(JSON.stringify(state));
  }

  test('a new startTimeoutSeconds keeps the health check that Docker cannot change, and swaps members', async () => {
    await stack.configure('startTimeoutSeconds', '90');
    const run = await stack.up();
    // Perch waits for them itself, so that nothing of them changes in place.
    expect([...containers(run, 'update').keys()]).toEqual([]);
    const created = containers(run, 'create');
    expect([...created.keys()].toSorted()).toEqual(members);
    for (const inputs of created.values()) expect(startPeriodOf(inputs)).toBe('1m30s');
  });

  test('the next container has the new time limit', async () => {
    await stack.configure('redisImage', 'redis:8');
    const run = await stack.up();
    expect(startPeriodOf(containers(run, 'create').get('redis'))).toBe('1m30s');
  });

  test('members that were deployed without an init process are not swapped for one', async () => {
    for (const name of members) {
      await changeContainers(name, (properties) => delete properties['init']);
    }
    const run = await stack.up();
    expect(run).toSucceed();
    expect(run.operations).toEqual([]);
  });

  test('the members of the next release have an init process', async () => {
    await stack.configure('image', digest('b'));
    const created = containers(await stack.up(), 'create');
    expect([...created.keys()].toSorted()).toEqual(members);
    expect([...created.values()].map(({ init }) => init)).toEqual([true, true, true]);
  });
});
