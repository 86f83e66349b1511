import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  IncidentStore,
  type IncidentWriter,
} from '../../../runtime/store/incidents/incident-store.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { test } from '../../support/fixtures.ts';
import { opening, recovery } from '../../support/judge/incident.ts';

const keys = redisKeys('shop');
const writer: IncidentWriter = { by: 'monitor-1', epoch: 1, channels: ['email', 'sms'] };

test('the store adds one notification per channel and one event for each transition', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const change = opening('host-disk', 'host-1');
  expect(await incidents.apply(change, writer)).toBe('stored');
  expect([...(await incidents.list()).values()]).toEqual([change.incident]);
  const outbox = await redis.xrange(keys.outbox, '-', '+');
  expect(outbox.map(([, [, channel]]) => channel)).toEqual(['email', 'sms']);
  const events = await redis.xrange(keys.events, '-', '+');
  expect(events.map(([, [, type]]) => type)).toEqual(['incident-opened']);
});

test('each transition is stored once, even if many monitors store it at the same time', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const change = opening('host-disk', 'host-1');
  const attempts = Array.from({ length: 20 }, () => incidents.apply(change, writer));
  const outcomes = await Promise.all(attempts);
  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
  expect(await redis.xlen(keys.outbox)).toBe(writer.channels.length);
});

test('the store refuses a leader that is not the newest, and changes nothing', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  await new Lease(redis, 'shop', { holder: 'a', ttlMs: 60_000 }).hold();
  await redis.del(keys.leader);
  await new Lease(redis, 'shop', { holder: 'b', ttlMs: 60_000 }).hold();
  const change = opening('host-disk', 'host-1');
  await expect(incidents.apply(change, writer)).rejects.toMatchObject({ code: 'fenced' });
  expect(await redis.exists(keys.incidents, keys.outbox, keys.events)).toBe(0);
  expect(await incidents.apply(change, { ...writer, epoch: 2 })).toBe('stored');
});

test('an incident replaces an unreadable one', async ({ redis }) => {
  const incidents = new IncidentStore(redis, 'shop');
  await redis.hset(keys.incidents, 'host-disk|host-1', 'not JSON at all');
  await expect(incidents.list()).resolves.toEqual(new Map());
  expect(await incidents.apply(opening('host-disk', 'host-1'), writer)).toBe('stored');
});

test('an incident replaces one of another version of Perch that does not fit', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const key = 'host-disk|host-1';
  await redis.hset(keys.incidents, key, JSON.stringify({ revision: 7, severity: 'high' }));
  const change = opening('host-disk', 'host-1');
  expect(await incidents.apply(change, writer)).toBe('stored');
  expect((await incidents.list()).get(key)).toEqual({ ...change.incident, revision: 8 });
  expect(await incidents.apply(change, writer)).toBe('conflict');
  expect(await redis.xlen(keys.outbox)).toBe(writer.channels.length);
});

test('the store deletes incidents that were resolved long ago, and no open ones', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const old = opening('host-disk', 'host-1');
  await incidents.apply(old, writer);
  await incidents.apply(opening('host-cpu', 'host-1'), writer);
  await incidents.apply(recovery(old, 2_000), writer);
  await incidents.forgetResolved(2_000);
  expect((await incidents.list()).size).toBe(2);
  await incidents.forgetResolved(2_001);
  expect([...(await incidents.list()).keys()]).toEqual(['host-cpu|host-1']);
});

test('an incident that another one replaces is kept as a past one, and one that reopens is not', async ({
  redis,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  const first = opening('host-disk', 'host-1');
  await incidents.apply(first, writer);
  const end = recovery(first, 2_000);
  await incidents.apply(end, writer);
  const again = { ...end.incident, resolvedAt: null, revision: 3 };
  await incidents.apply({ transition: 're-alerted', incident: again }, writer);
  await incidents.apply({ ...end, incident: { ...end.incident, revision: 4 } }, writer);
  expect(await incidents.past(0)).toEqual([]);
  const next = opening('host-disk', 'host-1', 900_000).incident;
  await incidents.apply({ transition: 'opened', incident: { ...next, revision: 5 } }, writer);
  expect(await incidents.past(0)).toEqual([{ ...end.incident, revision: 4 }]);
  expect(await incidents.past(2_001)).toEqual([]);
  await redis.xadd(keys.pastIncidents, '*', 'incident', 'not JSON');
  expect(await incidents.past(0)).toHaveLength(1);
});
