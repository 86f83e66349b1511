import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { maxValues } from '../../runtime/app/value-store.ts';
import { DemoApp, post, service, test, untilStatus } from './fixtures.ts';

test('all members share the values', async ({ canary, stable }) => {
  expect(
    (await post(`${stable}/set?key=fruit&value=${encodeURIComponent('kiwi & ✓')}`)).status,
  ).toBe(200);
  expect(await (await fetch(`${canary}/get?key=fruit`)).json()).toEqual({
    key: 'fruit',
    value: 'kiwi & ✓',
  });
  expect((await fetch(`${canary}/get?key=none`)).status).toBe(404);
});

test('/set accepts only POST', async ({ stable }) => {
  const response = await fetch(`${stable}/set?key=a&value=b`);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
});

test('/set and /get name every invalid parameter', async ({ stable }) => {
  const response = await post(`${stable}/set?key=&value=${'x'.repeat(4_097)}&ttl=3`);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    title: 'Bad Request',
    problems: [
      { field: 'key', rule: 'must be 1 to 128 bytes', value: '' },
      { field: 'value', rule: 'must be 0 to 4096 bytes' },
      { field: 'ttl', rule: 'is not known' },
    ],
  });
  expect(await (await fetch(`${stable}/get`)).json()).toMatchObject({
    detail: 'key must be given',
  });
});

test('/set refuses new keys when the store is full, but still replaces values', async ({
  demo,
  stable,
}) => {
  const key = redisKeys(service).app;
  const stored = (await demo.redis.hlen(key)) ?? 0;
  const more = Array.from({ length: maxValues - stored }, (_, index) => [`k${index}`, 'v']).flat();
  await demo.redis.hset(key, ...more);

  expect((await post(`${stable}/set?key=one-more&value=1`)).status).toBe(507);
  expect((await post(`${stable}/set?key=k0&value=new`)).status).toBe(200);
  expect(await demo.redis.hlen(key)).toBe(maxValues);
});

test('/set and /get exist unless set_get is off', async ({ demo, stable }) => {
  await demo.redis.hset(redisKeys(service).app, 'k0', 'v');
  await demo.flags.toggle('set_get');
  await untilStatus(`${stable}/get?key=k0`, 404);
  expect((await post(`${stable}/set?key=k0&value=b`)).status).toBe(404);
  await demo.flags.disable('set_get', 'test');
  await untilStatus(`${stable}/get?key=k0`, 200);
});

test('/get responds with 503 and Retry-After while Redis is away', async ({ server }) => {
  await using demo = await DemoApp.start(server);
  const member = await demo.member('stable');
  await server.kill();
  const response = await fetch(`${member}/get?key=fruit`);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect((await fetch(member)).status).toBe(200);
});
