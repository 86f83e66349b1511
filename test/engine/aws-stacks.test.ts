import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, whyNoEngine, type Run, type Stack } from './support/engine.ts';

const reason = whyNoEngine();
const root = join(import.meta.dirname, '../..');
const shipped = (name: string) => readFileSync(join(root, `Pulumi.${name}.yaml`), 'utf8');
const sshPrivateKey =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nprivatekeyofthetest\n-----END OPENSSH PRIVATE KEY-----\n';

const count = (run: Run, type: string) =>
  run.operations.filter((operation) => operation.type === type).length;

describe.skipIf(reason !== undefined)(`The AWS stacks on a real engine ${reason ?? ''}`, () => {
  let engine: Engine;
  let prod: Stack;
  let canary: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    prod = await engine.stack('prod', shipped('prod'), { sshPrivateKey });
    canary = await engine.stack('canary', shipped('canary'), { sshPrivateKey });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a canary without its prod stack is refused, and nothing is made', async () => {
    const run = await canary.up();
    expect(run.ok).toBe(false);
    expect(run.output).toContain('prod');
    expect(run.operations).toEqual([]);
  });

  test('Pulumi.prod.yaml goes up', async () => {
    const run = await prod.up();
    expect(run.output).not.toContain('error');
    expect(count(run, 'aws:ec2/instance:Instance')).toBe(2);
    expect(count(run, 'docker:index/container:Container')).toBe(6);
  });

  test('nothing changes when nothing changed', async () => {
    expect((await prod.up()).operations).toEqual([]);
  });

  test('Pulumi.canary.yaml joins it', async () => {
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    expect(count(run, 'docker:index/container:Container')).toBe(2);
  });

  test('no secret stands in the clear in a state', async () => {
    for (const state of [await prod.exported(), await canary.exported()]) {
      expect(state).not.toMatch(/secret[0-9a-f]{64}/);
      expect(state).not.toContain('privatekeyofthetest');
    }
  });
});
