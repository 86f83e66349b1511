import { OpenFeature } from '@openfeature/server-sdk';
import { expect } from 'vitest';
import { createApp } from '../../../runtime/app/app.ts';
import { Faults } from '../../../runtime/app/faults/faults.ts';
import { AppFlags } from '../../../runtime/app/flags.ts';
import { ejectAndWait } from '../../../runtime/app/self-ejection/eject-and-wait.ts';
import { HealthVeto } from '../../../runtime/app/self-ejection/health-veto.ts';
import { SelfCheck } from '../../../runtime/app/self-ejection/self-check.ts';
import { SelfEjector } from '../../../runtime/app/self-ejection/self-ejector.ts';
import { ValueStore } from '../../../runtime/app/value-store.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { reinstate } from '../../../runtime/core/release/transitions.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { StagedRelease } from '../../support/judge/monitor.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const service = 'shop';
const memberId = 'canary-1';

/**
 * - `staged`: a release with the canary `memberId`.
 * - `faults`: faults of the canary.
 * - `lag`: lag of the canary's event loop, which a test may set.
 * - `setRefuses`: makes Redis refuse writes, or take them again.
 * - `run`: runs the canary's self-ejector for so many cycles.
 */
const test = base
  .extend('staged', async ({ redis }) => {
    const staged = new StagedRelease(redis, service);
    await staged.stage();
    return staged;
  })
  .extend('faults', () => new Faults({ crash: () => undefined }))
  .extend('lag', () => ({ ms: 0 }))
  .extend('veto', () => new HealthVeto())
  .extend('setRefuses', async ({ redis }, { onCleanup }) => {
    const setRefuses = (refuses: boolean) => redis.config('SET', 'maxmemory', refuses ? 1 : 0);
    onCleanup(async () => void (await setRefuses(false)));
    return setRefuses;
  })
  .extend('orders', ({ redis }) => new EjectionOrders(redis, service))
  .extend('run', ({ faults, veto, lag, orders, redis }) => {
    const identity = { service, track: 'canary', version: '2.0.0', memberId, host: 'h1' } as const;
    const app = createApp({
      identity,
      flags: new AppFlags(OpenFeature.getClient(), identity),
      values: new ValueStore(redis, service),
      logger,
      faults,
    });
    const releases = new ReleaseStore(redis, service, { by: `member ${memberId}` });
    const reports = new ProxyReports(redis, service);
    const ejector = new SelfEjector({
      memberId,
      selfCheck: new SelfCheck({
        ask: async () => await app.request('/healthz'),
        lagMs: () => lag.ms,
        answerTimeoutMs: 20,
      }),
      orders,
      veto,
      eject: (request) => ejectAndWait({ releases, reports, now: Date.now, logger }, request),
      logger,
    });
    return async (cycles: number) => {
      for (let cycle = 0; cycle < cycles; cycle += 1) await ejector.runCycle();
    };
  });

async function documentOf({ releases }: StagedRelease) {
  const read = await releases.read();
  if (read.kind !== 'found') throw new Error('there is no document');
  return read.document;
}

async function stateIn(staged: StagedRelease) {
  return (await documentOf(staged)).members.find(({ id }) => id === memberId)?.state;
}

test('a healthy canary stays active', async ({ run, staged }) => {
  await run(10);
  expect(await stateIn(staged)).toBe('active');
});

test.for([
  { what: 'its health check fails', fault: { unhealthy: true }, reason: /check returned 503$/ },
  { what: 'its health check hangs', fault: { hang: true }, reason: /check timed out after 20 ms$/ },
  { what: 'its event loop is late', lagMs: 1_500, reason: /event loop was late by 1500 ms$/ },
])(
  'a canary ejects itself when $what three times in a row',
  async ({ fault = {}, lagMs = 0, reason }, { faults, lag, redis, run, staged }) => {
    faults.set(fault);
    lag.ms = lagMs;
    await run(2);
    expect(await stateIn(staged)).toBe('active');
    await run(1);
    expect(await stateIn(staged)).toBe('ejected');
    const after = await documentOf(staged);
    expect(after).toMatchObject({ weight: 0, phase: 'aborted', updatedBy: 'member canary-1' });
    expect(after.reason).toMatch(/^canary ejected itself: its /);
    expect(after.reason).toMatch(reason);
    expect(await new EventLog(redis, service).last(1)).toMatchObject([
      { type: 'canary-ejected', text: after.reason, by: 'member canary-1' },
    ]);
    faults.stop();
  },
);

test('a canary counts failed checks anew after a successful one', async ({
  faults,
  run,
  staged,
}) => {
  for (let time = 0; time < 5; time += 1) {
    faults.set({ unhealthy: true });
    await run(2);
    faults.stop();
    await run(1);
  }
  expect(await stateIn(staged)).toBe('active');
});

test('a canary follows an order of its monitor at once, with the reason of the order', async ({
  orders,
  run,
  staged,
}) => {
  const order = { by: 'monitor h1/1', reason: 'it crashed 3 times', cause: 'crash-loop' };
  await orders.give(memberId, { ...order, flags: ['new_feature'] });
  await run(1);
  expect(await documentOf(staged)).toMatchObject({
    weight: 0,
    reason: 'canary ejected itself: monitor h1/1 ordered it: it crashed 3 times',
    evidence: { ejection: { flags: ['new_feature'], facts: { cause: 'crash-loop' } } },
  });
});

test('a canary that followed an order stays active after it is reinstated', async ({
  orders,
  run,
  staged,
}) => {
  await orders.give(memberId, { by: 'm', reason: 'r', cause: 'c', flags: [] });
  await run(1);
  await staged.releases.change((at) => reinstate(at, undefined, 'fixed'));
  await run(5);
  expect(await stateIn(staged)).toBe('active');
});

test('a canary ignores orders to other members and invalid orders', async ({
  orders,
  redis,
  run,
  staged,
}) => {
  await orders.give('canary-2', { by: 'm', reason: 'r', cause: 'c', flags: [] });
  await redis.set(redisKeys(service).ejection(memberId), 'leave!');
  await run(5);
  expect(await stateIn(staged)).toBe('active');
});

test('an unhealthy canary stays active without Redis and ejects itself when Redis is back', async ({
  orders,
  server,
  staged,
}) => {
  using gone = await clientOf(server);
  await server.kill();
  const reports = new ProxyReports(gone, service);
  const selfCheck = { run: () => Promise.resolve('it is unhealthy'), passes: 0 };
  const veto = new HealthVeto();
  const ejectorOver = (releases: ReleaseStore) =>
    new SelfEjector({
      memberId,
      selfCheck,
      orders,
      veto,
      eject: (request) => ejectAndWait({ releases, reports, now: Date.now, logger }, request),
      logger,
    });
  await ejectorOver(new ReleaseStore(gone, service, { by: 'member' })).runCycle();
  expect(await stateIn(staged)).toBe('active');
  expect(veto.reason).toBe('it is unhealthy');
  await ejectorOver(staged.releases).runCycle();
  expect(await stateIn(staged)).toBe('ejected');
});

test('a canary whose ejection Redis refuses fails its health check until it is healthy again, or is ejected', async ({
  veto,
  lag,
  run,
  setRefuses,
  staged,
}) => {
  await setRefuses(true);
  lag.ms = 1_500;
  await run(3);
  expect(await stateIn(staged)).toBe('active');
  expect(veto.reason).toBe('its event loop was late by 1500 ms');
  lag.ms = 0;
  await run(2);
  expect(veto.reason).toBeDefined();
  await run(1);
  expect(veto.reason).toBeUndefined();

  lag.ms = 1_500;
  await run(3);
  await setRefuses(false);
  await run(3);
  expect(await stateIn(staged)).toBe('ejected');
  expect(veto.reason).toBeUndefined();
});

test('a canary that cannot follow an order fails its health check as long as the order stands', async ({
  veto,
  orders,
  run,
  setRefuses,
  staged,
}) => {
  await orders.give(memberId, { by: 'm', reason: 'it crashed', cause: 'c', flags: [] });
  await setRefuses(true);
  await run(5);
  expect(await stateIn(staged)).toBe('active');
  expect(veto.reason).toBe('m ordered it: it crashed');
  await orders.clear(memberId);
  await run(1);
  expect(veto.reason).toBeUndefined();
});
