import { expect } from 'vitest';
import { until } from '../support/until.ts';
import { ConsoleServer, onOff, quarterToCanary } from './console-server.ts';
import { test } from './fixtures.ts';

test('toggle changes a flag, returns it and writes an event', async ({ consoleServer }) => {
  await consoleServer.flags.set('new_feature', onOff);
  const response = await consoleServer.toggle('new_feature');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    key: 'new_feature',
    state: 'ENABLED',
    defaultVariant: 'on',
    variants: { on: true, off: false },
    targeted: false,
    description: 'A switch',
  });
  const { events } = await consoleServer.overview();
  expect(events?.[0]).toMatchObject({ type: 'flag-toggled', by: 'ada' });
});

test('toggle enables a disabled flag', async ({ consoleServer }) => {
  await consoleServer.flags.set('new_feature', onOff);
  await consoleServer.flags.disable('new_feature', 'test');
  expect(await (await consoleServer.toggle('new_feature')).json()).toMatchObject({
    state: 'ENABLED',
  });
});

test('toggle responds with 404 for an unknown flag', async ({ consoleServer }) => {
  const response = await consoleServer.toggle('nothing');
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    detail: 'flag must exist, got nothing',
  });
});

test('toggle responds with 409 for a flag that does not have two variants', async ({
  consoleServer,
}) => {
  const variants = { a: 'a', b: 'b', c: 'c' };
  await consoleServer.flags.set('three', { state: 'ENABLED', variants, defaultVariant: 'a' });
  const response = await consoleServer.toggle('three');
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({
    detail: 'flag three must have two variants to toggle, got a, b, c',
  });
});

test('the stream sends every part of the overview, then what changes, until the console stops', async ({
  server,
}) => {
  const lonely = await ConsoleServer.start(server);
  const response = await fetch(`${lonely.origin}/api/stream`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const ended = (async () => {
    for await (const part of response.body ?? []) text += Buffer.from(part).toString();
  })();
  await until(() => text.includes('event: tick'));
  expect(text).toMatch(/event: summary\ndata: \{.*has no release yet/);
  await lonely.flags.set('new_feature', onOff);
  await until(() => text.split('event: flags').length === 3);
  expect(text.split('event: summary')).toHaveLength(2);
  await lonely[Symbol.asyncDispose]();
  await ended;
});

test('toggle accepts only POST', async ({ consoleServer }) => {
  expect((await fetch(`${consoleServer.origin}/flags/new_feature/toggle`)).status).toBe(404);
});

test("the console's policy allows the page only its own files", async ({ consoleServer }) => {
  const { headers } = await fetch(consoleServer.origin);
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
  );
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('access-control-allow-origin')).toBeNull();
});

test('without Redis, the console shows the last known state and toggle responds with 503', async ({
  server,
}) => {
  await using lonely = await ConsoleServer.start(server);
  await lonely.flags.set('new_feature', onOff);
  await lonely.storeRelease(quarterToCanary);
  await until(async () => {
    const { release, flags } = await lonely.overview();
    return release.document !== null && flags.list?.length === 1;
  });

  await server.kill();

  const known = await until(async () => {
    const all = await lonely.overview();
    return all.release.condition === 'unreachable' && all.flags.condition === 'unreachable' && all;
  });
  expect(known.release.document?.weight).toBe(25);
  expect(known.release.document?.members[0]).toMatchObject({ health: null, inFlight: null });
  expect(known.flags.list).toHaveLength(1);
  expect(known.events).toBeNull();
  expect(known.proxies).toBeNull();
  const response = await lonely.toggle('new_feature');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
});
