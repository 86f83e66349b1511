import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { acknowledgementOf, silenceOf } from '../../../runtime/core/alerting/mutes.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { MuteStore } from '../../../runtime/store/incidents/mute-store.ts';
import { test } from '../../support/fixtures.ts';
import { opening, recovery } from '../../support/judge/incident.ts';
import { until } from '../../support/until.ts';

const disk = { rule: 'host-disk', by: 'eve', at: 1_000, untilMs: 61_000 };
const change = opening('host-disk', 'host-1');
const { incident } = change;
const writer = { by: 'test', epoch: 0, channels: [] };

test('a silence ends by itself', async ({ redis }) => {
  const mutes = new MuteStore(redis, 'shop');
  await mutes.silence({ ...disk, untilMs: 1_050 });
  await until(async () => (await mutes.read()).silences.length === 0);
  await mutes.silence(disk);
  const leftMs = await redis.pttl(redisKeys('shop').silence('host-disk'));
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(60_000);
});

test('a silence of a rule covers each of its subjects, one of a subject only that', async ({
  redis,
}) => {
  const mutes = new MuteStore(redis, 'shop');
  const cpu = { ...disk, rule: 'host-cpu', subject: 'host-1' };
  await mutes.silence(disk);
  await mutes.silence(cpu);
  const read = await mutes.read();
  expect(silenceOf(read, { rule: 'host-disk', subject: 'host-9' })).toEqual(disk);
  expect(silenceOf(read, { rule: 'host-cpu', subject: 'host-1' })).toEqual(cpu);
  expect(silenceOf(read, { rule: 'host-cpu', subject: 'host-9' })).toBeUndefined();
});

test('an acknowledgement is of one incident, not of a later one of its rule and subject', async ({
  redis,
}) => {
  const mutes = new MuteStore(redis, 'shop');
  await new IncidentStore(redis, 'shop').apply(change, writer);
  await mutes.acknowledge([incident], { by: 'eve', reason: 'on it', at: 2_000 });
  const read = await mutes.read();
  expect(acknowledgementOf(read, incident)).toMatchObject({ by: 'eve', reason: 'on it' });
  expect(acknowledgementOf(read, { ...incident, id: 'another' })).toBeUndefined();
});

test('each change is an event with the name of the operator', async ({ redis }) => {
  const mutes = new MuteStore(redis, 'shop');
  await new IncidentStore(redis, 'shop').apply(change, writer);
  await mutes.acknowledge([incident], { by: 'eve', reason: 'on it', at: 2_000 });
  await mutes.silence({ ...disk, subject: 'host-1', reason: 'known' });
  await mutes.unsilence({ ...disk, subject: 'host-1' }, { by: 'bob', at: 3_000 });
  expect((await mutes.read()).silences).toEqual([]);
  const events = await new EventLog(redis, 'shop').last(10);
  expect(events.slice(1).map(({ type, text, by }) => [type, text, by])).toEqual([
    ['incident-acknowledged', 'host-disk of host-1 acknowledged: on it', 'eve'],
    ['incident-silenced', 'host-disk of host-1 silenced for 1 min: known', 'eve'],
    ['incident-unsilenced', 'host-disk of host-1 not silenced any more', 'bob'],
  ]);
});

test('what does not fit, as from another version, is ignored', async ({ redis }) => {
  await redis.hset(redisKeys('shop').acknowledgements, 'host-disk|host-1', '{"by":7}');
  await redis.set(redisKeys('shop').silence('host-disk'), 'not JSON');
  expect(await new MuteStore(redis, 'shop').read()).toEqual({
    acknowledgements: new Map(),
    silences: [],
  });
});

test('only an open incident is acknowledged, and of several all or none', async ({ redis }) => {
  const mutes = new MuteStore(redis, 'shop');
  const incidents = new IncidentStore(redis, 'shop');
  const other = opening('host-cpu', 'host-1');
  for (const one of [change, other]) await incidents.apply(one, writer);
  await incidents.apply(recovery(change), writer);
  const note = { by: 'eve', at: 3_000 };
  expect(await mutes.acknowledge([other.incident, incident], note)).toEqual(incident);
  const earlier = { ...other.incident, id: 'an earlier one' };
  expect(await mutes.acknowledge([earlier], note)).toEqual(earlier);
  expect((await mutes.read()).acknowledgements.size).toBe(0);
  const types = (await new EventLog(redis, 'shop').last(10)).map(({ type }) => type);
  expect(types).not.toContain('incident-acknowledged');
});

test('what another operator changed since it was seen is not changed', async ({ redis }) => {
  const mutes = new MuteStore(redis, 'shop');
  await new IncidentStore(redis, 'shop').apply(change, writer);
  expect(await mutes.acknowledge([incident], { by: 'eve', at: 3_000 }, 0)).toBe('stored');
  expect(await mutes.acknowledge([incident], { by: 'bob', at: 4_000 }, 0)).toBe('changed');
  expect(await mutes.acknowledge([incident], { by: 'bob', at: 4_000 }, 3_000)).toBe('stored');
  expect(await mutes.silence(disk, 0)).toBe('stored');
  expect(await mutes.silence({ ...disk, untilMs: 90_000 }, 0)).toBe('changed');
  expect(await mutes.unsilence(disk, { by: 'bob', at: 5_000 }, 90_000)).toBe('changed');
  expect((await mutes.read()).silences).toEqual([disk]);
  expect(await mutes.unsilence(disk, { by: 'bob', at: 5_000 }, 61_000)).toBe('stored');
  expect(await mutes.unsilence(disk, { by: 'bob', at: 5_000 })).toBe('absent');
  expect(await mutes.silence(disk, 61_000)).toBe('changed');
});
