import { expect } from 'vitest';
import { ConsoleServer, post } from '../console-server.ts';
import { test } from '../fixtures.ts';

const path = '/api/changes';

test('a preview says what a change would do, and changes nothing', async ({ staged }) => {
  const response = await post(staged, `${path}/preview`, { action: 'weight', weight: 0 });
  expect(await response.json()).toEqual({
    generation: 41,
    effects: [
      "The canary's share goes from 25% to 0%: stable gets all requests.",
      expect.stringMatching(/^The rollout pauses/),
    ],
  });
  expect((await staged.releases.read()).kind).toBe('found');
  expect(await generationOf(staged)).toBe(41);
});

test('a change is made in the name of the person, with the reason, and is an event', async ({
  staged,
}) => {
  const change = { action: 'pause', reason: 'waiting for the translators', generation: 41 };
  const response = await post(staged, path, { ...change, by: 'eve' });
  expect(response.status).toBe(200);
  const text = 'rollout r-21 paused at step 2 of 4: waiting for the translators';
  expect(await response.json()).toEqual({ generation: 42, text });
  expect((await staged.events.last(1))[0]).toMatchObject({
    type: 'rollout-paused',
    text,
    by: 'eve',
  });
});

test('a change without a name is that of the operator of the console', async ({ staged }) => {
  const change = { action: 'weight', weight: 30, reason: 'more data', generation: 41 };
  expect((await post(staged, path, change)).status).toBe(200);
  const text = 'weight set from 25 to 30, rollout r-21 paused at step 2 of 4: more data';
  expect((await staged.events.last(1))[0]).toMatchObject({ text, by: 'ada' });
});

test('a change that was decided on another generation is refused', async ({ staged }) => {
  const change = { action: 'abort', reason: 'broken', generation: 40 };
  const response = await post(staged, path, change);
  expect(response.status).toBe(409);
  const { detail } = (await response.json()) as { detail: string };
  expect(detail).toMatch(/^nothing was changed: the release is at generation 41 by now, not 40 \(/);
  expect(await generationOf(staged)).toBe(41);
});

test('a change that the release does not allow, or that changes nothing, is an error', async ({
  staged,
}) => {
  const common = { reason: 'no', generation: 41 };
  const retry = await post(staged, path, { ...common, action: 'retry' });
  expect([retry.status, await retry.json()]).toEqual([
    409,
    expect.objectContaining({
      detail: 'rollout r-21 is progressing at step 2 of 4; abort it first',
    }),
  ]);
  const weight = await post(staged, path, { ...common, action: 'weight', weight: 25 });
  expect([weight.status, await weight.json()]).toEqual([
    409,
    expect.objectContaining({ detail: 'nothing would change: it is so already' }),
  ]);
  expect(await generationOf(staged)).toBe(41);
});

test('bad input is refused with all of its problems', async ({ staged }) => {
  const body = {
    action: 'pause',
    weight: 5,
    member: 'canary-1',
    reason: ' ',
    generation: -1,
    x: 1,
  };
  const response = await post(staged, path, body);
  expect(response.status).toBe(400);
  const { problems } = (await response.json()) as { problems: { field: string }[] };
  expect(problems.map(({ field }) => field).toSorted()).toEqual(
    expect.arrayContaining(['generation', 'reason', 'x']),
  );
  const alone = await post(staged, path, { ...body, reason: 'r', generation: 41, x: undefined });
  expect(await alone.json()).toMatchObject({
    detail: 'weight is not used by pause, got 5; member is not used by pause, got canary-1',
  });
});

test('a change needs JSON and the page of the console, and a read-only console makes none', async ({
  staged,
  server,
}) => {
  const body = JSON.stringify({ action: 'abort', reason: 'no', generation: 41 });
  const form = await fetch(`${staged.origin}${path}`, { method: 'POST', body });
  expect(form.status).toBe(400);
  const foreign = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' };
  expect(await staged.statusOf('POST', path, foreign)).toBe(403);
  await using watching = await ConsoleServer.start(server, { isReadOnly: true });
  expect((await post(watching, `${path}/preview`, { action: 'pause' })).status).toBe(403);
  expect((await watching.toggle('new_feature')).status).toBe(403);
  expect(await generationOf(staged)).toBe(41);
});

async function generationOf({ releases }: ConsoleServer): Promise<number> {
  const read = await releases.read();
  return read.kind === 'found' ? read.document.generation : 0;
}
