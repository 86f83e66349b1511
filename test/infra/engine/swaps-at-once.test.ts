import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type Stack } from './support/engine.ts';
import { digest, localYaml } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();
const count = 5;

/** Commands and containers of the stable members that a run made or removed, in order. */
function swaps({ operations }: Run): string[] {
  return operations
    .filter(({ type, name }) => /Command$|Container$/.test(type) && /^stable-\d/.test(name))
    .map(({ operation, type, name }) => `${operation} ${type.split(':').at(-1)} ${name}`);
}

/** Expects the swap of each member to begin once the member `atOnce` before it was activated. */
function expectChain(run: Run, atOnce: number): void {
  const steps = swaps(run);
  const at = (name: string) => steps.indexOf(`create Command ${name}`);
  for (let index = atOnce; index < count; index += 1) {
    expect(at(`stable-${index - atOnce}-active`)).toBeGreaterThan(-1);
    expect(at(`stable-${index}`)).toBeGreaterThan(at(`stable-${index - atOnce}-active`));
  }
}

describe('Many members on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    stack = await engine.stack('many', localYaml);
    await stack.configure('image', digest('a'));
    await stack.configure('stableCount', String(count));
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('stable members are swapped one at a time, and each is judged; a canary is not', async () => {
    const run = await stack.up();
    expectChain(run, 1);
    const activations = run.operations.filter(({ name }) => name.endsWith('-active'));
    for (const { name, inputs } of activations) {
      const judged = String(inputs['create']).includes('--env PERCH_JUDGE_SECONDS=10 ');
      expect([name, judged]).toEqual([name, name.startsWith('stable-')]);
    }
    expect(activations).toHaveLength(count + 1);
  });

  test('a release whose first member is bad stops there: no other swap begins, no member drains', async () => {
    await engine.failCreate('command:local:Command stable-0-active');
    await stack.configure('image', digest('b'));
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(swaps(run)).toEqual([
      'create Command stable-0',
      'create Container stable-0',
      'create Command stable-0-healthy',
    ]);
  });

  test('the same update again judges the same member again', async () => {
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(swaps(run)).toEqual([]);
    expect(run.output).toContain('stable-0-active must fail in this test');
  });

  test('the next release removes the bad member, and drains those that it should have replaced', async () => {
    await engine.failCreate();
    await stack.configure('image', digest('c'));
    const run = await stack.up();
    expect(run).toSucceed();
    expectChain(run, 1);
    const steps = swaps(run);
    const times = (step: string) => steps.filter((other) => other === step).length;
    // The activation that failed is not in the state, so only the old member is drained.
    expect(times('delete Command stable-0-active')).toBe(1);
    expect(times('delete Container stable-0')).toBe(2);
    expect(times('delete Command stable-0')).toBe(2);
    expect(times('delete Container stable-1')).toBe(1);
    // Old members drain four at a time, although new ones come one at a time.
    const four = ['stable-0', 'stable-1', 'stable-2', 'stable-3'];
    const removed = Math.min(...four.map((name) => steps.indexOf(`delete Container ${name}`)));
    for (const name of four) {
      expect(steps.indexOf(`delete Command ${name}-active`)).toBeLessThan(removed);
    }
  });

  test('the way back from a bad member replaces that member alone', async () => {
    await engine.failCreate('command:local:Command stable-0-active');
    await stack.configure('image', digest('d'));
    expect(await stack.up()).not.toSucceed();
    await engine.failCreate();
    await stack.configure('image', digest('c'));
    const run = await stack.up();
    expect(run).toSucceed();
    const touched = new Set(swaps(run).map((step) => /stable-\d/.exec(step)?.[0]));
    expect([...touched]).toEqual(['stable-0']);
  });

  test('swapAtOnce swaps several, and neither key replaces a member', async () => {
    await stack.configure('swapAtOnce', '2');
    await stack.configure('swapJudgeSeconds', '0');
    const settled = await stack.up();
    expect(swaps(settled).filter((step) => !step.startsWith('update '))).toEqual([]);
    await stack.configure('image', digest('d'));
    const run = await stack.up();
    expectChain(run, 2);
    expect(JSON.stringify(run.operations)).not.toContain('PERCH_JUDGE_SECONDS=');
  });
});
