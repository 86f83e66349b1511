import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type Stack } from './support/engine.ts';
import { digest } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();

const word = 'perch:image is set: buildContext is not built';

/** Images of the stable members that a run made, each once. */
function released(run: Run): unknown[] {
  const made = run.operations.filter(
    ({ operation, name, type }) =>
      operation === 'create' && type.endsWith(':Container') && name.startsWith('stable-'),
  );
  return [...new Set(made.map(({ inputs }) => inputs['image']))];
}

const built = (run: Run) =>
  run.operations.flatMap(({ operation, type, name }) =>
    type === 'docker:index/image:Image' && operation !== 'delete' ? [name] : [],
  );

describe('A stack with buildContext on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;
  let first: string;

  beforeAll(async () => {
    engine = await Engine.start();
    const settings = { role: 'prod', target: 'docker', httpPort: 8080, buildContext: '../shop' };
    stack = await engine.stack('prod', stackYaml(settings));
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('it builds and releases the application without an image', async () => {
    const run = await stack.up();
    expect(built(run).toSorted()).toEqual(['app', 'runtime']);
    expect(run.output).not.toContain(word);
    first = String((await stack.outputs())['image']);
    expect(released(run)).toEqual([first]);
  });

  test('it promotes an image by digest, builds nothing of the context and says so', async () => {
    await stack.configure('image', digest('b'));
    const run = await stack.up();
    expect(run).toSucceed();
    expect(run.output).toContain(word);
    expect(built(run)).toEqual([]);
    expect(released(run)).toEqual([digest('b')]);
  });

  test('it goes back to the digest before', async () => {
    await stack.configure('image', first);
    const run = await stack.up();
    expect(run).toSucceed();
    expect(released(run)).toEqual([first]);
  });

  test('a deployment of a new build that fails goes back to the promoted image', async () => {
    await stack.configure('image', digest('c'));
    await stack.up();
    await stack.must(['config', 'rm', '--stack', 'prod', 'perch:image']);
    // Behind the stand-ins there is no monitor that could report the release's status.
    const run = await engine.deploy(['--stack', 'prod', '--verify', '0']);
    expect(run).not.toSucceed();
    expect(released(run)).toEqual([first, digest('c')]);
    expect(run.output).toContain(`the last good image was deployed again: ${digest('c')}`);
    const context = await stack.must(['config', 'get', '--stack', 'prod', 'buildContext']);
    expect(context.trim()).toBe('../shop');
  });
});
