import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { details, opening } from '../support/judge/incident.ts';
import { until } from '../support/until.ts';
import { onOff, quarterToCanary, service } from './console-server.ts';
import { test } from './fixtures.ts';

test('the overview is empty before anything is stored', async ({ consoleServer }) => {
  expect(await consoleServer.overview()).toEqual({
    service,
    page: { operator: 'ada', isReadOnly: false, person: null },
    services: [expect.objectContaining({ service, tone: 'unknown', incidents: 0 })],
    summary: expect.objectContaining({ sentence: 'Service shop has no release yet.' }),
    release: { condition: 'waiting', document: null, actions: [] },
    rollout: null,
    proxies: [],
    silentProxies: [],
    silentHosts: null,
    certificates: [],
    maintenance: { current: null, stillAppliedBy: [] },
    flags: { condition: 'fresh', list: [] },
    incidents: [],
    resolvedIncidents: [],
    silences: [],
    events: [],
    history: [],
  });
});

test("the overview has the release and each member's state in the proxies' reports", async ({
  consoleServer,
}) => {
  await consoleServer.storeRelease(quarterToCanary);
  const report = { generation: 7, condition: 'fresh', memberHealth: {}, inFlight: {} };
  await consoleServer.reports.write({
    ...report,
    id: 'p1',
    inFlight: { 'stable-1': 2, 'canary-1': 1 },
    memberHealth: { 'stable-1': 'healthy', 'canary-1': 'unhealthy' },
  });
  await consoleServer.reports.write({
    ...report,
    id: 'p2',
    inFlight: { 'stable-1': 3 },
    memberHealth: { 'canary-1': 'healthy' },
  });

  const { release, proxies } = await until(async () => {
    const all = await consoleServer.overview();
    return all.release.document !== null && all;
  });

  expect(release.condition).toBe('fresh');
  expect(release.document).toMatchObject({ weight: 25, phase: 'progressing', generation: 7 });
  const members = release.document?.members.map(({ id, state, health, inFlight }) => ({
    id,
    state,
    health,
    inFlight,
  }));
  expect(members).toEqual([
    { id: 'canary-1', state: 'active', health: 'unhealthy', inFlight: 1 },
    { id: 'stable-2', state: 'draining', health: null, inFlight: 0 },
    { id: 'stable-1', state: 'active', health: 'healthy', inFlight: 5 },
  ]);
  expect(proxies).toHaveLength(2);
});

test('the overview has the newest event first', async ({ consoleServer }) => {
  await consoleServer.events.append({ type: 'a', text: 'first', by: 'test' });
  await consoleServer.events.append({ type: 'b', text: 'second', by: 'test' });
  const { events } = await consoleServer.overview();
  expect(events?.slice(0, 2).map(({ text }) => text)).toEqual(['second', 'first']);
});

test('the overview has the maintenance without its page, also one that Redis lost', async ({
  consoleServer,
}) => {
  const { maintenance, reports, redis } = consoleServer;
  const { at } = await maintenance.write({ on: true, by: 'eve', page: '<p>later</p>' });
  const message = 'The service is down for maintenance. Please try again later.';
  expect((await consoleServer.overview()).maintenance).toEqual({
    current: { since: at, by: 'eve', message, hasPage: true },
    stillAppliedBy: [],
  });
  await redis.del(redisKeys(service).maintenance);
  const report = { generation: 7, condition: 'fresh', memberHealth: {}, inFlight: {} };
  await reports.write({ ...report, id: 'p1', maintenance: { on: true, at } });
  expect((await consoleServer.overview()).maintenance).toEqual({
    current: null,
    stillAppliedBy: ['p1'],
  });
  await maintenance.write({ on: false, by: 'eve' });
  expect((await consoleServer.overview()).maintenance).toEqual({
    current: null,
    stillAppliedBy: [],
  });
});

test('the overview has the open incidents, with what operators said about them', async ({
  consoleServer,
}) => {
  const { incidents, mutes } = consoleServer;
  const writer = { by: 'test', epoch: 0, channels: [] };
  const { incident } = opening('host-disk', 'host-1:/', 2_000);
  const flapping = { count: 2, sinceMs: 1_000 };
  const disk = { ...incident, flapping, details: details() };
  await incidents.apply({ transition: 'opened', incident: disk }, writer);
  const cpu = opening('host-cpu', 'host-1', 3_000).incident;
  await incidents.apply(
    { transition: 'resolved', incident: { ...cpu, resolvedAt: 4_000 } },
    writer,
  );
  await mutes.acknowledge([disk], { by: 'eve', at: 2_000 });
  expect((await consoleServer.overview()).incidents).toEqual([
    {
      id: 'host-disk|host-1:/|2000',
      rule: 'host-disk',
      subject: 'host-1:/',
      openedAt: 2_000,
      resolvedAt: null,
      details: disk.details,
      isFlapping: true,
      acknowledgement: { incidentId: disk.id, by: 'eve', at: 2_000 },
      silence: null,
    },
  ]);
  expect((await consoleServer.overview()).resolvedIncidents).toMatchObject([
    { id: cpu.id, resolvedAt: 4_000, summary: cpu.details.summary },
  ]);
});

test('the overview keeps the flags when Redis lost them', async ({ consoleServer }) => {
  await consoleServer.flags.set('new_feature', onOff);
  await until(async () => (await consoleServer.overview()).flags.list?.length === 1);
  await consoleServer.redis.del(redisKeys(service).flags);
  const { flags } = await until(async () => {
    const all = await consoleServer.overview();
    return all.flags.condition === 'absent' && all;
  });
  expect(flags.list?.length).toBeGreaterThan(0);
});
