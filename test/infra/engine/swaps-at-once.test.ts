import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();
const yaml = readFileSync(join(import.meta.dirname, '../../../Pulumi.local.yaml'), 'utf8');
const count = 9;
const atOnce = 4;

describe('Many members on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    stack = await engine.stack('many', yaml);
    await stack.configure('image', `shop@sha256:${'a'.repeat(64)}`);
    await stack.configure('stableCount', String(count));
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('the swap of a member begins once the member four before it serves', async () => {
    const { operations } = await stack.up();
    const steps = operations.map(({ operation, type, name }) => `${operation} ${type} ${name}`);
    const at = (name: string) => steps.indexOf(`create command:local:Command ${name}`);
    for (let index = atOnce; index < count; index += 1) {
      expect(at(`stable-${index - atOnce}-active`)).toBeGreaterThan(-1);
      expect(at(`stable-${index}`)).toBeGreaterThan(at(`stable-${index - atOnce}-active`));
    }
  });
});
