import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDrift } from '../../../scripts/ci/drift.ts';
import type { RunPulumi } from '../../../scripts/ci/pulumi.ts';
import type { Properties } from '../../support/pulumi/stand-in-answers.ts';
import { unless } from '../../support/skip.ts';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';

const reason = whyNoEngine();
const container = (name: string) => `docker:index/container:Container ${name}`;
const raised = { memory: 900, memorySwap: 900 };

describe('The check for drift on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
    await stack.configure('runtimeImage', digest('f'));
    await stack.up();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  const pulumi: RunPulumi = async (args) => {
    const command = engine.start(args);
    const { output } = await command.finished;
    return { exitCode: command.exitCode ?? 1, output, stdout: output };
  };
  const check = () => checkDrift({ stack: 'local', run: pulumi, ask: pulumi });

  /** Changes by hand: null removes. */
  const change = (changes: Readonly<Record<string, Properties | null>>) =>
    writeFile(join(engine.project, '../drift'), JSON.stringify(changes));

  test('a healthy stack whose monitor has raised memory limits has no drift', async () => {
    const state = JSON.parse(await stack.exported()) as {
      deployment: { resources: { type: string; urn: string }[] };
    };
    const names = state.deployment.resources
      .filter(({ type }) => container('').startsWith(type))
      .map(({ urn }) => urn.split('::').at(-1) ?? '');
    expect(names.length).toBeGreaterThan(5);
    // The monitor watches them all: members, proxies, Redis and itself.
    await change(Object.fromEntries(names.map((name) => [container(name), raised])));
    expect(await check()).toEqual({ kind: 'none' });
  });

  test('a container that was removed by hand, or runs another image, is drift', async () => {
    await change({
      [container('stable-0')]: null,
      [container('stable-1')]: { image: digest('e') },
    });
    const before = await stack.exported();
    const drift = await check();
    expect(drift.kind).toBe('found');
    const output = drift.kind === 'found' ? drift.output : '';
    expect(output).toContain('stable-0');
    expect(output).toContain(digest('e'));
    expect(await stack.exported()).toBe(before);
  });
});
