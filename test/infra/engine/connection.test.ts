import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importDeployed } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();

describe('Two stacks of release 0.1 on a real engine', unless(reason), () => {
  let engine: Engine;
  let prod: Stack | undefined;
  let canary: Stack | undefined;
  let joint: unknown;

  beforeAll(async () => {
    engine = await Engine.start();
    const stacks = await importDeployed(engine, 'server');
    prod = stacks.get('prod');
    canary = stacks.get('canary');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test("today's canary stack joins a prod stack that has only the output joint", async () => {
    const offered = await prod?.outputs();
    expect(offered).not.toHaveProperty('connection');
    joint = offered?.['joint'];
    const run = await canary?.up();
    expect(run?.output).not.toContain('error');
    expect(run).toSucceed();
    const { connection } = (await canary?.outputs()) ?? {};
    expect(connection).toMatchObject({ service: 'shop', network: {} });
  });

  test('an updated prod stack still has the output joint for canary stacks of release 0.1', async () => {
    expect(await prod?.up()).toSucceed();
    const offered = (await prod?.outputs()) ?? {};
    expect(joint).toMatchObject({ service: 'shop', neighbourhood: {} });
    expect(offered['joint']).toEqual(joint);
    expect(offered['connection']).toMatchObject({ service: 'shop', network: {} });
  });

  test("today's canary stack joins an updated prod stack by the output connection", async () => {
    const run = await canary?.up();
    expect(run?.output).not.toContain('error');
    expect(run?.operations).toEqual([]);
  });

  test('no connection stands in the clear in the state of a stack', async () => {
    for (const stack of [prod, canary]) {
      expect(await stack?.exported()).not.toMatch(/secret[0-9a-f]{64}/);
    }
  });
});
