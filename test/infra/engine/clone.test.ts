import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoLongTest } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';
import { valuesIn } from './support/state-values.ts';

const reason = whyNoLongTest();

const stacks = {
  docker: deployedStacks.docker.local,
  server: deployedStacks.server.prod,
  aws: deployedStacks.aws.grown,
  digitalocean: deployedStacks.digitalocean.grown,
};
const targets = Object.keys(stacks) as (keyof typeof stacks)[];

describe.each(targets)('A stack on target %s', unless(reason), (target) => {
  let from: Engine;
  let to: Engine;
  let state: string;
  let stack: Stack;

  beforeAll(async () => {
    from = await Engine.startClone();
    to = await Engine.startClone();
    const first = await emptyStack(from, 'prod', stacks[target]);
    await first.must(['up', '--yes', '--skip-preview', '--stack', 'prod']);
    state = await first.exported();
    stack = await emptyStack(to, 'prod', stacks[target]);
    await stack.importState(state);
  });
  afterAll(async () => {
    await from[Symbol.asyncDispose]();
    await to[Symbol.asyncDispose]();
  });

  test('has no path of the clone that it was updated from in its state', () => {
    expect(valuesIn(state)).not.toContain(from.project);
  });

  test('is not changed by an update from another clone', async () => {
    const { output, steps } = await stack.upBySteps();
    expect(output).not.toContain('error');
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.filter(({ operation }) => operation !== 'same')).toEqual([]);
  });

  test('is not changed by refresh --run-program', async () => {
    const run = await stack.refresh('--run-program');
    expect(run.output).not.toContain('error');
    expect(run.operations).toEqual([]);
  });

  test('is removed by destroy --run-program after a destroy that left one resource', async () => {
    const left = 'random:index/randomPassword:RandomPassword override-token';
    await to.failDelete(left);
    const first = await stack.destroy('--continue-on-error');
    expect(first.output).toContain(`${left} must fail in this test`);
    await to.failDelete();
    const { output, operations } = await stack.destroy('--run-program');
    expect(output).not.toContain('error');
    expect(operations.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'delete override-token',
    ]);
  });
});
