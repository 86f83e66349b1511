import { expect } from 'vitest';
import { drain } from '../../runtime/core/release/transitions.ts';
import { EjectionOrders } from '../../runtime/store/release/ejection-orders.ts';
import { test as base } from '../support/fixtures.ts';
import { StagedRelease } from '../support/judge/monitor.ts';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { until } from '../support/until.ts';

/** Starts a member of the service shop as a process. */
function startApp(memberId: string, track: string, redisUrl: string): PerchProcess {
  return new PerchProcess(['app'], {
    PERCH_SERVICE: 'shop',
    PERCH_TRACK: track,
    PERCH_VERSION: '2.0.0',
    PERCH_MEMBER_ID: memberId,
    PERCH_HOST: 'host-1',
    PERCH_PORT: '0',
    PERCH_REDIS_URL: redisUrl,
  });
}

/** `stopMember`: starts a member, stops it by SIGTERM and returns its state in the release. */
const test = base
  .extend('staged', async ({ redis }) => {
    const staged = new StagedRelease(redis, 'shop');
    await staged.stage();
    return staged;
  })
  .extend('stopMember', ({ sharedServer, staged }) => async (memberId: string, track: string) => {
    await using app = startApp(memberId, track, sharedServer.url);
    await app.origin();
    app.signal('SIGTERM');
    expect(await app.ended()).toBe(0);
    const read = await staged.releases.read();
    if (read.kind !== 'found') throw new Error('there is no document');
    const { members, weight, reason } = read.document;
    return { state: members.find(({ id }) => id === memberId)?.state, weight, reason };
  });

test('a canary ejects itself at SIGTERM', async ({ stopMember }) => {
  const reason = 'canary ejected itself: it received SIGTERM';
  expect(await stopMember('canary-1', 'canary')).toEqual({ state: 'ejected', weight: 0, reason });
});

test('a draining canary does not change the release at SIGTERM', async ({ staged, stopMember }) => {
  await staged.releases.change((document) => drain(document, 'canary-1'));
  expect(await stopMember('canary-1', 'canary')).toMatchObject({ state: 'draining' });
});

test('a stable member does not change the release at SIGTERM, because it may restart', async ({
  stopMember,
}) => {
  expect(await stopMember('stable-1', 'stable')).toMatchObject({ state: 'active', weight: 25 });
});

test('a canary follows an ejection order of its monitor and goes on serving', async ({
  redis,
  sharedServer,
  staged,
}) => {
  await using app = startApp('canary-1', 'canary', sharedServer.url);
  const origin = await app.origin();
  const order = { by: 'monitor host-1/1', reason: 'it crashed 3 times', cause: 'crash-loop' };
  await new EjectionOrders(redis, 'shop').give('canary-1', { ...order, flags: [] });
  await until(
    async () => {
      const read = await staged.releases.read();
      return read.kind === 'found' && read.document.weight === 0;
    },
    { what: 'the canary to eject itself' },
  );
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});

test('a canary stops at SIGTERM without Redis', async ({ server }) => {
  await server.kill();
  await using app = startApp('canary-1', 'canary', server.url);
  await app.origin();
  app.signal('SIGTERM');
  expect(await app.ended()).toBe(0);
});
