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
    'perch: --listen must be a loopback address unless --allowed-host is given or ' +
      'PERCH_CONSOLE_ORIGIN is set, got 0.0.0.0:0\n',
  );
});

test('the console with a sign-in starts without its provider, on any address, and says what failed', async ({
  environment,
}) => {
  const secret = 'the secret of a client';
  const signIn = {
    PERCH_CONSOLE_ORIGIN: 'https://console.example.com',
    PERCH_OIDC_ISSUER: 'http://127.0.0.1:1',
    PERCH_OIDC_CLIENT_ID: 'perch',
    PERCH_OIDC_CLIENT_SECRET: secret,
    PERCH_OIDC_USERS: '@example.com',
  };
  await using operators = new PerchProcess(['console', '--listen', '0.0.0.0:0'], {
    ...environment,
    ...signIn,
  });
  const { port } = new URL(await operators.origin());
  const origin = `http://127.0.0.1:${port}`;
  expect((await fetch(`${origin}/api/overview`)).status).toBe(401);
  const page = await fetch(origin, { redirect: 'manual' });
  expect(page.headers.get('location')).toBe('https://console.example.com/sign-in?return=%2F');
  const failure = await fetch(`${origin}/sign-in`);
  expect(failure.status).toBe(503);
  expect(await failure.text()).toContain('http://127.0.0.1:1 cannot be used');
  operators.signal('SIGTERM');
  expect(await operators.ended()).toBe(0);
  expect(operators.output).toContain('the provider let nobody sign in');
  expect(operators.output).not.toContain(secret);
});
