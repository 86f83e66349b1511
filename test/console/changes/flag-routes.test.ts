import { expect } from 'vitest';
import { onOff, posted, type ConsoleServer } from '../console-server.ts';
import { test as base } from '../fixtures.ts';

const path = '/api/flags';

/** `beta`: JSON of a stored flag. */
const test = base.extend('beta', async ({ consoleServer: { redis, flags } }) => {
  await redis.flushall();
  await flags.set('beta', onOff);
  return JSON.stringify(onOff);
});

async function editable({ origin }: ConsoleServer, key: string) {
  const response = await fetch(`${origin}${path}?key=${key}`);
  return { status: response.status, ...((await response.json()) as object) };
}

test('a flag is shown as JSON and as a form, with its audience and its history', async ({
  consoleServer,
  beta,
}) => {
  expect(await editable(consoleServer, 'beta')).toMatchObject({
    status: 200,
    seen: beta,
    text: JSON.stringify(onOff, undefined, 2),
    form: { enabled: true, defaultVariant: 'off', targeting: { rules: [] } },
    audience: ['Every caller gets off.'],
    changes: [{ by: 'test', before: null, effects: [expect.stringContaining('is created')] }],
    isRecorded: true,
  });
  expect((await editable(consoleServer, 'gamma')).status).toBe(404);
  expect(await editable(consoleServer, '')).toMatchObject({ seen: '', form: { enabled: true } });
});

test('a form and its JSON are kept in step, with all problems by field', async ({
  consoleServer,
  beta,
}) => {
  const typed = { action: 'set', key: 'beta', text: beta, seen: beta };
  const percents = [
    { variant: 'on', percent: 25 },
    { variant: 'off', percent: 75 },
  ];
  const targeting = { rules: [], rest: { kind: 'share', by: null, percents } };
  const form = { enabled: true, description: 'A switch', defaultVariant: 'off', targeting };
  const preview = `${path}/preview`;
  const answer = await posted(consoleServer, preview, { ...typed, form });
  const definition = {
    ...onOff,
    targeting: {
      fractional: [
        ['on', 25],
        ['off', 75],
      ],
    },
  };
  expect(answer).toMatchObject({
    status: 200,
    problems: [],
    text: expect.any(String),
    audience: [expect.stringContaining('About 25% of targeting keys get on'), expect.any(String)],
    effects: ['What all others get goes from the default to 25% on and 75% off.'],
  });
  const { text } = answer as unknown as { text: string };
  expect(JSON.parse(text)).toEqual(definition);
  expect(await posted(consoleServer, preview, { ...typed, text })).toMatchObject({ form });
  expect(
    await posted(consoleServer, preview, { ...typed, form: { ...form, defaultVariant: 'x' } }),
  ).toMatchObject({
    problems: [{ field: 'defaultVariant', rule: 'must be one of on, off', value: 'x' }],
  });
  const broken = JSON.stringify({ ...onOff, state: 'ON', targeting: { guess: [] } });
  expect(await posted(consoleServer, preview, { ...typed, text: broken })).toMatchObject({
    problems: [
      { field: 'state', rule: 'must be one of ENABLED, DISABLED' },
      { field: 'targeting', rule: 'must not have the field guess' },
    ],
  });
  expect(await posted(consoleServer, preview, { ...typed, text: '{' })).toMatchObject({
    problems: [{ field: 'text', rule: expect.stringMatching(/^must be JSON: /) }],
  });
  expect(await posted(consoleServer, preview, { ...typed, key: 'a b', seen: '' })).toMatchObject({
    problems: [{ field: 'key' }],
    form: { enabled: true },
  });
  expect(await posted(consoleServer, preview, { ...typed, seen: '' })).toMatchObject({
    problems: [{ field: 'key', rule: 'must be new: there is such a flag' }],
  });
});

test('a flag is stored in the name of the person, and only if it is still as they saw it', async ({
  consoleServer,
  beta,
}) => {
  const text = JSON.stringify({ ...onOff, defaultVariant: 'on' });
  const change = { action: 'set', key: 'beta', text, reason: 'launch', by: 'eve', seen: beta };
  await consoleServer.flags.disable('beta', 'errors');
  const stored = JSON.stringify({ ...onOff, state: 'DISABLED' });
  expect(await posted(consoleServer, path, change)).toMatchObject({
    status: 409,
    detail: 'nothing was changed: flag beta was changed meanwhile by test: The flag is disabled.',
    seen: stored,
  });
  const { action, key } = change;
  expect(
    await posted(consoleServer, `${path}/preview`, { action, key, text, seen: beta }),
  ).toMatchObject({ meanwhile: 'was changed meanwhile by test: The flag is disabled.' });
  expect(await posted(consoleServer, path, { ...change, seen: stored })).toEqual({
    status: 200,
    text: 'flag beta is enabled, default on',
  });
  expect(await posted(consoleServer, path, { ...change, seen: text })).toMatchObject({
    status: 409,
    detail: 'nothing would change: it is so already',
  });
  expect((await consoleServer.events.last(1))[0]).toMatchObject({
    type: 'flag-set',
    text: 'flag beta set: enabled, default on: launch',
    by: 'eve',
  });
  expect(await posted(consoleServer, path, { ...change, text: '{}', seen: text })).toMatchObject({
    status: 400,
    problems: [
      { field: 'state', rule: 'must be one of ENABLED, DISABLED' },
      { field: 'variants', rule: 'must be an object of names and values' },
    ],
  });
});

test('a toggle, an undo and a deletion say what they do before they do it', async ({
  consoleServer,
  beta,
}) => {
  const confirm = { reason: 'test', seen: beta };
  const toggle = { action: 'toggle', key: 'beta' };
  expect(await posted(consoleServer, `${path}/preview`, toggle)).toEqual({
    status: 200,
    seen: beta,
    effects: ['The default variant goes from off to on.', 'Every caller gets on.'],
  });
  expect((await posted(consoleServer, path, { ...toggle, ...confirm })).status).toBe(200);
  const { json: on, changes } = await consoleServer.flags.stored('beta');
  expect(changes[0]).toMatchObject({ by: 'ada', reason: 'test' });
  const undo = { action: 'undo', key: 'beta', change: changes[0]?.id };
  expect(await posted(consoleServer, `${path}/preview`, undo)).toMatchObject({
    seen: on,
    effects: ['The default variant goes from on to off.', 'Every caller gets off.'],
  });
  expect((await posted(consoleServer, path, { ...undo, ...confirm, seen: on })).status).toBe(200);
  expect(await posted(consoleServer, `${path}/preview`, undo)).toMatchObject({
    status: 409,
    detail: 'flag beta is already as it was before that change',
  });
  const remove = { action: 'delete', key: 'beta' };
  expect(await posted(consoleServer, `${path}/preview`, remove)).toMatchObject({
    effects: [expect.stringContaining('is deleted'), expect.stringContaining('perch flags undo')],
  });
  expect(await posted(consoleServer, path, { ...remove, ...confirm, name: 'bet' })).toMatchObject({
    status: 400,
    detail: 'name must be the key of the flag, got bet',
  });
  expect(await posted(consoleServer, path, { ...remove, ...confirm, name: 'beta' })).toMatchObject({
    status: 200,
    text: 'flag beta is deleted',
  });
  expect((await posted(consoleServer, `${path}/preview`, remove)).status).toBe(404);
});
