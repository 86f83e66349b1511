import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import type { Engine, Stack } from './support/engine.ts';
import { digest, startLocalStack } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';

/** Steps of workers, in order. */
function story(run: Run): string[] {
  return run.operations
    .filter(({ name }) => name.includes('-worker-'))
    .map(({ operation, name }) => `${operation} ${name}`);
}

describe('Workers on a real engine', unless(whyNoEngine()), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    ({ engine, stack } = await startLocalStack());
    await stack.configure('workers.mail.command[0]', 'send-mail');
    await stack.configure('workers.mail.stopSeconds', '90');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a worker runs beside the stable members only, without a port or a reservation', async () => {
    const run = await stack.up();
    expect(story(run)).toEqual([
      'create stable-worker-mail-0',
      'create stable-worker-mail-0-running',
    ]);
    const { inputs } = run.operations.find(({ name }) => name === 'stable-worker-mail-0') ?? {};
    expect(inputs).toMatchObject({
      command: ['send-mail'],
      destroyGraceSeconds: 90,
      restart: 'unless-stopped',
      healthcheck: { tests: ['NONE'] },
    });
    expect(inputs?.['ports']).toBeUndefined();
    const text = JSON.stringify(inputs);
    expect(text).toContain('"perch.part","value":"worker"');
    expect(text).toContain('PERCH_TRACK=stable');
    expect(text).not.toContain('PERCH_PORT');
  });

  test('a new worker runs before the old one stops', async () => {
    await stack.configure('image', digest('b'));
    const steps = story(await stack.up());
    expect(steps.slice(0, 2)).toEqual([
      'create stable-worker-mail-0',
      'create stable-worker-mail-0-running',
    ]);
    expect(steps.at(-1)).toBe('delete stable-worker-mail-0');
  });

  test('a canary has workers when asked for, and more of them take no restart', async () => {
    await stack.configure('workers.mail.onCanary', 'true');
    await stack.configure('workers.mail.count', '2');
    const created = story(await stack.up()).filter((step) => !step.endsWith('-running'));
    expect(created.toSorted()).toEqual([
      'create canary-worker-mail-0',
      'create canary-worker-mail-1',
      'create stable-worker-mail-1',
    ]);
  });
});
