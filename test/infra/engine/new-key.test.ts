import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostKey } from '../../../infra/hosts/host-key.ts';
import { unless } from '../../support/skip.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';

const reason = whyNoEngine();
const { privateKey } = hostKey(Buffer.alloc(32, 8));

describe('A new ssh key on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    stack = await emptyStack(engine, 'local', { ...deployedStacks.server.prod, role: 'local' });
    await stack.must(['up', '--yes', '--skip-preview', '--stack', 'local']);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('replaces nothing, activates and drains no member, sets no weight and waits for no container', async () => {
    await stack.configureSecret('sshPrivateKey', privateKey);
    const { output, operations } = await stack.up();
    expect(output).not.toContain('error');
    expect(operations.length).toBeGreaterThan(10);
    expect(operations.filter(({ operation }) => operation !== 'update')).toEqual([]);
    const scripts = operations.map(({ inputs }) => String(inputs['update'] ?? inputs['create']));
    const changing = /perch (member (activate|drain)|weight \d)|^sh -s /;
    expect(scripts.filter((script) => changing.test(script))).toEqual([]);
  });
});
