import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';

const reason = whyNoEngine();

/** Images of the members that a run made: `stable-0 shop@sha256:...`. */
function released(run: Run): string[] {
  return run.operations
    .filter(
      ({ operation, name, type }) =>
        operation === 'create' && type.endsWith(':Container') && /^(stable|canary)-\d$/.test(name),
    )
    .map(({ name, inputs }) => `${name} ${String(inputs['image'])}`)
    .toSorted();
}

/** Entries that the run's commands add to the history of releases. */
function recorded(run: Run): unknown[] {
  return run.operations
    .filter(({ operation, name }) => operation === 'create' && name.endsWith('-release'))
    .map(({ inputs }) => JSON.parse(String(inputs['stdin'])));
}

describe('canaryImage on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
    await stack.up();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a canary image swaps the canary members only, which then run another version', async () => {
    await stack.configure('canaryImage', digest('b'));
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    expect(released(run)).toEqual([`canary-0 ${digest('b')}`]);
    expect(recorded(run)).toMatchObject([
      { track: 'canary', image: digest('b'), version: 'b'.repeat(12), outcome: 'served' },
    ]);
    expect(await stack.outputs()).toMatchObject({
      image: digest('a'),
      version: 'a'.repeat(12),
      canaryImage: digest('b'),
    });
  });

  test('a deployment of another canary image that fails goes back to the canary image before', async () => {
    await stack.configure('canaryImage', digest('c'));
    // Behind the stand-ins there is no monitor that could report the release's status.
    const run = await engine.deploy(['--stack', 'local', '--verify', '0']);
    expect(run).not.toSucceed();
    expect(released(run)).toEqual([`canary-0 ${digest('b')}`, `canary-0 ${digest('c')}`]);
    const configured = await stack.must(['config', 'get', '--stack', 'local', 'canaryImage']);
    expect(configured.trim()).toBe(digest('c'));
  });

  test('a promotion swaps the stable members, and the canary runs their image again', async () => {
    await stack.configure('image', digest('b'));
    await stack.must(['config', 'rm', '--stack', 'local', 'perch:canaryImage']);
    const run = await stack.up();
    expect(released(run)).toEqual([`stable-0 ${digest('b')}`, `stable-1 ${digest('b')}`]);
    expect(await stack.outputs()).not.toHaveProperty('canaryImage');
  });

  test('a first canary image whose deployment fails goes, and the canary runs the stable image again', async () => {
    await stack.configure('canaryImage', digest('d'));
    const run = await engine.deploy(['--stack', 'local', '--verify', '0']);
    expect(run).not.toSucceed();
    expect(released(run)).toEqual([`canary-0 ${digest('b')}`, `canary-0 ${digest('d')}`]);
    expect(await stack.outputs()).not.toHaveProperty('canaryImage');
  });
});
