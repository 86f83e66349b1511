import { expect } from 'vitest';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { until } from '../support/until.ts';
import { test } from './fixtures.ts';

test('the flags server evaluates stored flags until SIGTERM, then exits with 0', async ({
  environment,
  run,
}) => {
  const definition = '{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}';
  expect((await run('flags', 'set', 'beta', definition)).code).toBe(0);
  await using server = new PerchProcess(['flags', 'serve', '--listen', '127.0.0.1:0'], environment);
  const origin = await server.origin();
  await until(async () => (await fetch(`${origin}/readyz`)).ok);

  const response = await fetch(`${origin}/ofrep/v1/evaluate/flags/beta`, {
    method: 'POST',
    body: '{}',
  });
  expect(await response.json()).toMatchObject({ key: 'beta', value: true, variant: 'on' });

  server.signal('SIGTERM');
  expect(await server.ended()).toBe(0);
  expect(server.output).not.toContain('the-secret');
});

test('the flags server refuses an address that is none, in one line', async ({ environment }) => {
  await using server = new PerchProcess(['flags', 'serve', '--listen', 'flags:1'], environment);
  expect(await server.ended()).toBe(2);
  expect(server.output).toBe('perch: --listen must be IP:PORT or [IPV6]:PORT, got flags:1\n');
});
