import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import { on, onOff } from '../fixtures.ts';
import { test } from './support/fixtures.ts';

const canaryOnly = { if: [{ '==': [{ var: 'track' }, 'canary'] }, 'on', null] };
const byShare = {
  fractional: [{ var: 'targetingKey' }, ['on', 50], ['off', 50]],
};

/** Flags of every kind. */
const stored = {
  plain: { ...on, metadata: { description: 'A plain one', rank: 2 } },
  targeted: { ...onOff, targeting: canaryOnly },
  shared: { ...onOff, targeting: byShare },
  text: { state: 'ENABLED', variants: { a: 'apple' }, defaultVariant: 'a' },
  whole: { state: 'ENABLED', variants: { a: 10 }, defaultVariant: 'a' },
  fraction: { state: 'ENABLED', variants: { a: 0.5 }, defaultVariant: 'a' },
  object: { state: 'ENABLED', variants: { a: { ink: 'black' } }, defaultVariant: 'a' },
  'no-default': { state: 'ENABLED', variants: { a: 1 } },
  disabled: { ...on, state: 'DISABLED' },
  broken: { ...onOff, targeting: { if: [true, 'neither', 'nor'] } },
} as const;

const storedTest = test.extend('stored', async ({ store }) => {
  for (const [key, flag] of Object.entries(stored)) await store.set(key, flag);
});

const contexts = [{}, { targetingKey: 'user-1' }, { targetingKey: 'user-4', track: 'canary' }];

storedTest(
  'the flags server gives the values, variants and reasons that the Node provider gives',
  async ({ serve, openClient, stored: _stored }) => {
    const server = await serve();
    const { client } = await openClient();
    const fallbacks = { text: 'fallback', whole: -1, fraction: -1, object: {}, 'no-default': -1 };
    for (const context of contexts) {
      for (const key of Object.keys(stored)) {
        const fallback = Reflect.get(fallbacks, key) ?? false;
        const { status, body } = await server.one(key, { context });
        const { value, reason, variant, errorCode } =
          typeof fallback === 'number'
            ? await client.getNumberDetails(key, fallback, context)
            : typeof fallback === 'string'
              ? await client.getStringDetails(key, fallback, context)
              : typeof fallback === 'object'
                ? await client.getObjectDetails(key, {}, context)
                : await client.getBooleanDetails(key, fallback, context);
        if (errorCode !== undefined) {
          expect({ status, body }).toMatchObject({ status: 400, body: { key, errorCode } });
          continue;
        }
        const own = variant === undefined ? { variant: '' } : { value, variant };
        expect({ status, body }).toMatchObject({ status: 200, body: { key, reason, ...own } });
        expect(Object.hasOwn(body as object, 'value')).toBe(variant !== undefined);
      }
    }
  },
);

storedTest(
  'the flags server answers one flag with its metadata, and an unknown one with 404',
  async ({ serve, stored: _stored }) => {
    const server = await serve();
    expect(await server.one('plain')).toMatchObject({
      status: 200,
      body: {
        key: 'plain',
        value: true,
        variant: 'on',
        reason: 'STATIC',
        metadata: { description: 'A plain one', rank: 2 },
      },
    });
    for (const key of ['unknown', '__proto__', 'a%2Fb']) {
      const { status, body } = await server.one(key);
      expect(status).toBe(404);
      expect(body).toMatchObject({ key: decodeURIComponent(key), errorCode: 'FLAG_NOT_FOUND' });
    }
  },
);

storedTest(
  'the flags server answers a flag that is disabled, or has no default variant, without a value',
  async ({ serve, stored: _stored }) => {
    const server = await serve();
    const metadata = {};
    expect((await server.one('disabled')).body).toEqual({
      key: 'disabled',
      reason: 'DISABLED',
      variant: '',
      metadata,
    });
    expect((await server.one('no-default')).body).toEqual({
      key: 'no-default',
      reason: 'DEFAULT',
      variant: '',
      metadata,
    });
  },
);

storedTest(
  'the flags server needs no targeting key, and no context',
  async ({ serve, stored: _stored }) => {
    const server = await serve();
    const off = { value: false, variant: 'off', reason: 'DEFAULT' };
    for (const body of [{}, { context: null }, { context: {} }]) {
      expect(await server.one('shared', body)).toMatchObject({ status: 200, body: off });
    }
  },
);

storedTest.for([
  ['{', 'PARSE_ERROR', 'body must be JSON'],
  ['', 'PARSE_ERROR', 'body must be JSON'],
  ['[]', 'PARSE_ERROR', 'body must be a JSON object'],
  ['{"context": "user-1"}', 'INVALID_CONTEXT', 'context must be an object'],
  ['{"context": []}', 'INVALID_CONTEXT', 'context must be an object'],
  ['{"context": {"targetingKey": 7}}', 'INVALID_CONTEXT', 'context.targetingKey must be text'],
] as const)(
  'the flags server refuses the body %j with 400 and %s',
  async ([body, errorCode, errorDetails], { serve }) => {
    const server = await serve();
    const error = { errorCode, errorDetails };
    expect(await server.one('plain', body)).toEqual({
      status: 400,
      etag: null,
      body: { key: 'plain', metadata: {}, ...error },
    });
    expect(await server.all(body)).toEqual({ status: 400, etag: null, body: error });
  },
);

storedTest(
  'the flags server answers all flags, and 304 while they are the same for a context',
  async ({ serve, store, stored: _stored }) => {
    const server = await serve();
    const user = { context: { targetingKey: 'user-1' } };
    const first = await server.all(user);
    expect(first.status).toBe(200);
    const { flags } = first.body as { flags: { key: string }[] };
    expect(flags.map(({ key }) => key).toSorted()).toEqual(Object.keys(stored).toSorted());
    expect(flags).toContainEqual(expect.objectContaining({ key: 'broken', errorCode: 'GENERAL' }));
    expect(flags).toContainEqual(expect.objectContaining({ key: 'disabled', reason: 'DISABLED' }));
    const etag = first.etag ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);

    const asked = (tag: string, body: object = user) => server.all(body, { 'if-none-match': tag });
    expect(await asked(etag)).toEqual({ status: 304, etag, body: '' });
    expect((await asked(`"other", W/${etag}`)).status).toBe(304);
    expect((await asked('"other"')).status).toBe(200);
    expect((await asked(etag, { context: { track: 'canary' } })).status).toBe(200);

    await store.disable('plain', 'test');
    await until(async () => (await asked(etag)).status === 200);
  },
);

test('the flags server follows a flag that is switched off by the hint, without a poll', async ({
  serve,
  store,
}) => {
  await store.set('new_feature', on);
  const server = await serve();
  expect((await server.one('new_feature')).body).toMatchObject({ value: true });

  await store.disable('new_feature', 'checkout is slow');

  const body = await until(async () => {
    const answer = await server.one('new_feature');
    return Reflect.get(answer.body as object, 'reason') === 'DISABLED' && answer.body;
  });
  expect(body).not.toHaveProperty('value');
});

test('the flags server says what else it does not serve', async ({ serve }) => {
  const server = await serve();
  const path = `${server.origin}/ofrep/v1/evaluate/flags`;
  for (const url of [path, `${path}/plain`]) {
    const response = await fetch(url);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  }
  expect((await fetch(`${server.origin}/ofrep/v2/evaluate/flags`)).status).toBe(404);
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
  expect(await server.isReady()).toBe(true);
});
