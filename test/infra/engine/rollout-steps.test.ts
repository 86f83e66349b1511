import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Operation, Run } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();

function weightOperations({ operations }: Run): Operation[] {
  return operations.filter(({ name }) => name === 'canary-weight');
}

describe('A local stack with steps on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function configureSteps(...weights: number[]): Promise<void> {
    for (const [index, weight] of weights.entries()) {
      await stack.must(['config', 'set', '--path', `steps[${index}].weight`, `${weight}`]);
      await stack.must(['config', 'set', '--path', `steps[${index}].minutes`, '10']);
    }
  }

  test('a new canary begins a rollout with the steps', async () => {
    await configureSteps(5, 25);
    const run = await stack.up();
    expect(run).toSucceed();
    const [begin] = weightOperations(run);
    expect(begin?.operation).toBe('create');
    expect(begin?.inputs['create']).toMatch(/ perch rollout begin \S+ --json --affinity=none/);
    expect(JSON.parse(String(begin?.inputs['stdin']))).toEqual({
      steps: [
        { weight: 5, minutes: 10 },
        { weight: 25, minutes: 10 },
      ],
      onInconclusive: 'hold',
    });
  });

  test('an update without a change, or with another weight, begins none', async () => {
    expect((await stack.up()).operations).toEqual([]);
    await stack.configure('canaryWeight', '50');
    expect((await stack.up()).operations).toEqual([]);
  });

  test('other steps begin no rollout of the same canary: only the generation is read', async () => {
    await configureSteps(10, 25);
    const run = await stack.up();
    const operations = weightOperations(run);
    expect(operations.map(({ operation }) => operation)).toEqual(['update']);
    expect(operations[0]?.inputs['update']).toContain('perch weight --json');
    expect(run.operations).toHaveLength(1);
  });

  test('the next canary begins another rollout, with those steps', async () => {
    await stack.configure('image', digest('b'));
    const operations = weightOperations(await stack.up());
    expect(operations.map(({ operation }) => operation)).toEqual(['delete', 'create']);
    const [, begin] = operations;
    expect(begin?.inputs['create']).toContain('perch rollout begin');
    expect(String(begin?.inputs['stdin'])).toContain('{"weight":10,"minutes":10}');
  });

  test('without steps the share is the weight again', async () => {
    await stack.must(['config', 'rm', 'steps']);
    const operations = weightOperations(await stack.up());
    expect(operations.at(-1)?.inputs['create']).toContain('perch weight 50 --json');
    expect(operations.at(-1)?.inputs).not.toHaveProperty('stdin');
  });
});
