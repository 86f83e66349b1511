import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ejectCanary } from '../../../runtime/core/release/transitions.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { Load } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { PerchProcess } from '../../support/processes/perch-process.ts';
import { perch } from '../../support/processes/perch.ts';
import { startProxy } from '../../support/processes/proxy-process.ts';
import { RedisRelay } from '../../support/redis/redis-relay.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');

const test = base
  .extend('members', async ({ sharedServer: _server }, { onCleanup }) => {
    const ids = ['stable-1', 'canary-1'];
    const members = await Promise.all(ids.map((id) => MemberServer.start(id)));
    onCleanup(async () => {
      for (const member of members) await member[Symbol.asyncDispose]();
    });
    return members;
  })
  .extend('relay', async ({ sharedServer }, { onCleanup }) => {
    const relay = await RedisRelay.start(sharedServer);
    onCleanup(() => relay[Symbol.asyncDispose]());
    return relay;
  });

test('a proxy that is cut off from Redis stops sending an ejected canary requests, is an incident, and recovers', async ({
  sharedServer,
  redis,
  members,
  relay,
}) => {
  const document = releaseDocument({
    weight: 50,
    rolloutId: 'rollout-1',
    members: members.map((one) => one.entry()),
    updatedAt: Date.now(),
  });
  await redis.set(keys.release, JSON.stringify(document));
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: sharedServer.url };
  await using _monitor = new PerchProcess(['monitor'], {
    ...environment,
    PERCH_HOST: 'host-1',
    PERCH_MONITOR_CONFIG: '{"disks":[]}',
  });
  await until(() => redis.exists(keys.verdict), { what: 'a judge' });
  const args = ['--workers', '1', '--unjudged-after', '5'];
  const reached = { args, env: { ...environment, PERCH_HOST: 'web-1' } };
  const cutOff = { args, env: { ...environment, PERCH_HOST: 'web-2', PERCH_REDIS_URL: relay.url } };
  await using near = await startProxy(reached);
  await using far = await startProxy(cutOff);
  for (const proxy of [near, far]) await proxy.untilGeneration(1);
  const load = new Load({ origin: far.origin, clients: 2 });
  await until(() => (load.answers.get('canary-1') ?? 0) > 10, { what: 'canary requests' });

  relay.cut();
  await until(async () => (await far.ready()).condition === 'unreachable');
  await new ReleaseStore(redis, 'shop', { by: 'test' }).change((at) =>
    ejectCanary(at, 'harm', null),
  );
  await near.untilGeneration(2);
  const sentAtCut = load.answers.get('canary-1') ?? 0;
  await until(() => (load.answers.get('canary-1') ?? 0) > sentAtCut, {
    what: 'the proxy to route as before at first',
  });
  await until(async () => (await far.ready()).withheld !== null, {
    what: 'the proxy to withhold the share',
  });
  // Requests that were on their way to the canary may still end.
  const sent = (load.answers.get('canary-1') ?? 0) + 2;
  const { total } = load;
  await until(() => load.total > total + 500, { what: 'more requests' });
  expect(load.answers.get('canary-1')).toBeLessThanOrEqual(sent);
  expect(await near.ready()).toMatchObject({ generation: 2, withheld: null });

  const incident = async () =>
    (await new IncidentStore(redis, 'shop').list()).get('proxy-silent|web-2');
  await until(async () => (await incident())?.resolvedAt === null, {
    what: 'an incident',
    timeoutMs: 30_000,
  });
  const { stdout } = await perch(['status'], environment);
  expect(stdout).toMatch(/web-2-0-[0-9a-f]{6} +\? +silent since /);

  relay.heal();
  await far.untilGeneration(2);
  await until(async () => typeof (await incident())?.resolvedAt === 'number', {
    what: 'the end of the incident',
  });
  await until(async () => (await far.ready()).withheld === null, { what: 'nothing withheld' });
  await until(async () => (await far.ready()).condition === 'fresh', { what: 'a fresh document' });
  await load.stop();
  expect(load.failures).toEqual([]);
}, 90_000);
