import { expect } from 'vitest';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { test } from './fixtures.ts';

test('the console serves its page and switches flags until SIGTERM, then exits with 0', async ({
  environment,
  redis: _empty,
}) => {
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

test('the console refuses an address that others can reach, in one line', async ({
  environment,
}) => {
  await using operators = new PerchProcess(['console', '--listen', '0.0.0.0:0'], environment);
  expect(await operators.ended()).toBe(2);
  expect(operators.output).toBe(
    'perch: --listen must be a loopback address unless --allowed-host is given, got 0.0.0.0:0\n',
  );
});
