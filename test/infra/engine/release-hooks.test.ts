import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';

const password = 'a-password-of-the-application';
const commandType = 'command:local:Command';

/** Steps of hooks, members and the weight, in order. */
function story(run: Run): string[] {
  return run.operations
    .filter(({ name }) => /^(before|after)-release$|^(stable|canary)-\d(-active)?$/.test(name))
    .filter(({ type }) => type === commandType)
    .map(({ operation, name }) => `${operation} ${name}`);
}

describe('The hooks of a release on a real engine', unless(whyNoEngine()), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
    await stack.configureSecret('secretEnvironment.PASSWORD', password);
    await stack.up();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a stack gets hooks without any change of its members', async () => {
    await stack.configure('beforeRelease[0]', 'migrate');
    await stack.configure('afterRelease[0]', 'warm-up');
    expect(story(await stack.up())).toEqual(['create before-release', 'create after-release']);
    const state = await stack.exported();
    expect(state).not.toContain(password);
  });

  test('hooks do not run again without a change, nor for another secret or time limit', async () => {
    expect((await stack.up()).operations).toEqual([]);
    await stack.configure('hookTimeoutSeconds', '60');
    expect((await stack.up()).operations).toEqual([]);
    await stack.configureSecret('secretEnvironment.PASSWORD', 'another-password');
    const steps = story(await stack.up());
    expect(steps).toContain('create stable-0');
    expect(steps.filter((step) => step.includes('release'))).toEqual([]);
  });

  test('a new image runs one hook before any member is reserved, the other after all serve', async () => {
    await stack.configure('image', digest('b'));
    const run = await stack.up();
    const created = story(run).filter((step) => step.startsWith('create'));
    expect(created[0]).toBe('create before-release');
    expect(created.at(-1)).toBe('create after-release');
    expect(created).toHaveLength(8);
    const inputs = run.operations.find(({ name }) => name === 'before-release')?.inputs ?? {};
    expect(inputs['create']).toBe('sh -s beforeRelease');
    expect(inputs['update']).toBe(':');
    // A secret: the stand-in sees an object with its value.
    const { value: script } = z.object({ value: z.string() }).parse(inputs['stdin']);
    expect(script).toContain('PASSWORD=another-password');
    expect(script).toContain('limit=60');
    expect(script).toContain(`${digest('b')} migrate > /dev/null`);
  });

  test('a failing hook before the release changes nothing', async () => {
    await stack.configure('image', digest('c'));
    await engine.failCreate(`${commandType} before-release`);
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(story(run)).toEqual([]);
  });

  test('going back to the image that serves does not run its hook', async () => {
    await engine.failCreate();
    await stack.configure('image', digest('b'));
    const run = await stack.up();
    expect(run).toSucceed();
    expect(story(run)).toEqual([]);
  });

  test('another hookRerun runs both hooks again, and changes nothing else', async () => {
    await stack.configure('hookRerun', '2');
    const created = story(await stack.up()).filter((step) => step.startsWith('create'));
    expect(created).toEqual(['create before-release', 'create after-release']);
  });

  test('hooks that are no longer configured go without a change of members', async () => {
    await stack.must(['config', 'rm', '--stack', 'local', 'perch:beforeRelease']);
    await stack.must(['config', 'rm', '--stack', 'local', 'perch:afterRelease']);
    const steps = story(await stack.up());
    expect(steps.toSorted()).toEqual(['delete after-release', 'delete before-release']);
  });
});
