import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hostKey } from '../../../infra/hosts/host-key.ts';
import { unless } from '../../support/skip.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const reason = whyNoEngine();
const { privateKey } = hostKey(Buffer.alloc(32, 8));

describe('A new ssh key on a real engine', unless(reason), () => {
  let engine: Engine;
  const stacks: Stack[] = [];

  beforeAll(async () => {
    engine = await Engine.start();
    for (const [name, settings] of Object.entries(deployedStacks.server)) {
      const stack = await emptyStack(engine, name, settings);
      await stack.must(['up', '--yes', '--skip-preview', '--stack', name]);
      stacks.push(stack);
    }
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('replaces nothing, activates and drains no member and sets no weight', async () => {
    for (const stack of stacks) {
      await stack.configureSecret('sshPrivateKey', privateKey);
      const { output, operations } = await stack.up();
      expect(output).not.toContain('error');
      expect(operations.length).toBeGreaterThan(5);
      expect(operations.filter(({ operation }) => operation !== 'update')).toEqual([]);
      const scripts = operations.map(({ inputs }) => String(inputs['update'] ?? inputs['create']));
      expect(
        scripts.filter((script) => /perch (member (activate|drain)|weight \d)/.test(script)),
      ).toEqual([]);
      // Nothing waits again for containers that were healthy long ago.
      expect(scripts.filter((script) => script.startsWith('sh -s '))).toEqual([]);
    }
  });
});
