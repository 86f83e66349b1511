import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PerchProcess } from '../support/perch-process.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
let environment: Record<string, string>;

beforeAll(async () => {
  redis = await startRedis({ password: 'the-secret' });
  environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: redis.url };
});

afterAll(() => redis[Symbol.asyncDispose]());

describe('perch console', () => {
  it('serves the page and switches flags until SIGTERM, then ends with 0', async () => {
    await using seeds = new PerchProcess(['app', 'seed-flags'], environment);
    expect(await seeds.ended()).toBe(0);
    await using operators = new PerchProcess(['console', '--listen', '127.0.0.1:0'], environment);
    const origin = await operators.origin();

    expect(await (await fetch(origin)).text()).toContain('<title>Perch</title>');
    const answer = await fetch(`${origin}/flags/new_feature/toggle`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({ key: 'new_feature', defaultVariant: 'on' });

    operators.signal('SIGTERM');
    expect(await operators.ended()).toBe(0);
    expect(operators.output).not.toContain('the-secret');
  });

  it('refuses an address that others reach, in one line', async () => {
    await using operators = new PerchProcess(['console', '--listen', '0.0.0.0:0'], environment);
    expect(await operators.ended()).toBe(2);
    expect(operators.output).toBe(
      'perch: --listen must be a loopback address unless --allowed-host is given, got 0.0.0.0:0\n',
    );
  });
});
