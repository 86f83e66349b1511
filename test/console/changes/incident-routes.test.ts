import { expect } from 'vitest';
import { opening, recovery } from '../../support/judge/incident.ts';
import { posted } from '../console-server.ts';
import { test as base } from '../fixtures.ts';

const writer = { by: 'test', epoch: 0, channels: [] };
const path = '/api/incidents';

/** `disk`: an open incident of the disk of host-1. */
const test = base.extend('disk', async ({ consoleServer: { redis, incidents } }) => {
  await redis.flushall();
  const change = opening('host-disk', 'host-1', Date.now());
  await incidents.apply(change, writer);
  return change.incident;
});

test('an acknowledgement is previewed, made in the name of the person, and made once', async ({
  consoleServer,
  disk,
}) => {
  const change = { action: 'acknowledge', incident: disk.id };
  expect(await posted(consoleServer, `${path}/preview`, change)).toMatchObject({
    status: 200,
    seen: 0,
    effects: [expect.stringContaining('reminders of this incident stop'), expect.any(String)],
  });
  expect((await consoleServer.mutes.read()).acknowledgements.size).toBe(0);
  const confirmed = { ...change, reason: 'on it', by: 'eve', seen: 0 };
  expect(await posted(consoleServer, path, confirmed)).toEqual({
    status: 200,
    text: 'the incident is acknowledged by eve',
  });
  expect((await consoleServer.events.last(1))[0]).toMatchObject({
    type: 'incident-acknowledged',
    text: 'host-disk of host-1 acknowledged: on it',
    by: 'eve',
  });
  expect(await posted(consoleServer, path, { ...confirmed, by: 'bob' })).toMatchObject({
    status: 409,
    detail: expect.stringMatching(/^nothing was changed: it is not as you saw it any more/),
  });
});

test('a silence is bounded, said in full before, and refused if another one came between', async ({
  consoleServer,
  disk: { rule, subject },
}) => {
  const change = { action: 'silence', rule, subject, minutes: 60 };
  expect(await posted(consoleServer, `${path}/preview`, change)).toMatchObject({
    seen: 0,
    effects: [
      'Nobody gets a message about host-disk of host-1 for 1 h. Open incidents that this covers now: 1.',
      expect.stringContaining('a canary that does harm is ejected'),
      expect.stringContaining('notified then'),
    ],
  });
  expect(
    await posted(consoleServer, `${path}/preview`, { ...change, minutes: 10_081 }),
  ).toMatchObject({
    status: 400,
    detail: expect.stringContaining('minutes must be a whole number from 1 to 10080'),
  });
  const confirmed = { ...change, reason: 'reports', seen: 0 };
  expect((await posted(consoleServer, path, confirmed)).status).toBe(200);
  expect((await posted(consoleServer, path, confirmed)).status).toBe(409);
  expect((await consoleServer.mutes.read()).silences).toMatchObject([
    { rule, subject, by: 'ada', reason: 'reports' },
  ]);
  const unknown = { ...confirmed, rule: 'nothing' };
  expect(await posted(consoleServer, path, unknown)).toMatchObject({
    status: 409,
    detail: 'nothing was changed: no incident of the rule nothing is stored',
  });
});

test('the end of a silence says what it notifies, and is refused once it has ended', async ({
  consoleServer,
  disk,
}) => {
  const { mutes, incidents } = consoleServer;
  const { rule } = disk;
  const muted = { ...disk, revision: 2, unnotified: true as const };
  await incidents.apply({ transition: 'opened', incident: muted }, writer);
  const at = Date.now();
  await mutes.silence({ rule, by: 'eve', at, untilMs: at + 60_000 });
  const change = { action: 'unsilence', rule };
  expect(await posted(consoleServer, `${path}/preview`, change)).toMatchObject({
    seen: at + 60_000,
    effects: [
      'Messages about host-disk are sent again.',
      'Open incidents that were never notified, and are now: 1.',
    ],
  });
  const confirmed = { ...change, reason: 'done', seen: at + 60_000 };
  expect((await posted(consoleServer, path, confirmed)).status).toBe(200);
  expect(await posted(consoleServer, path, confirmed)).toMatchObject({
    status: 409,
    detail: 'nothing was changed: host-disk is not silenced',
  });
});

test('an incident is found by its id also once it is resolved and another one follows', async ({
  consoleServer: { incidents, origin },
  disk,
}) => {
  const end = recovery({ incident: disk }, Date.now());
  await incidents.apply(end, writer);
  const next = { ...opening('host-disk', 'host-1', Date.now() + 1).incident, revision: 3 };
  await incidents.apply({ transition: 'opened', incident: next }, writer);
  const find = async (id: string) =>
    (await fetch(`${origin}${path}?id=${encodeURIComponent(id)}`)).json();
  expect(await find(disk.id)).toMatchObject({
    incident: { id: disk.id, resolvedAt: end.incident.resolvedAt },
  });
  expect(await find(next.id)).toMatchObject({ incident: { resolvedAt: null } });
  expect(await find('gone')).toEqual({
    incident: null,
    text: expect.stringMatching(/^no such incident is stored; a resolved one is kept for a week/),
  });
});
