import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../../runtime/app/app.ts';
import { Faults } from '../../../runtime/app/faults/faults.ts';
import { SelfCheck } from '../../../runtime/app/self-ejection/self-check.ts';
import { SelfEjector } from '../../../runtime/app/self-ejection/self-ejector.ts';
import { ejectAndWait } from '../../../runtime/app/self-ejection/eject-and-wait.ts';
import { ValueStore } from '../../../runtime/app/value-store.ts';
import { AppFlags } from '../../../runtime/app/flags.ts';
import { OpenFeature } from '@openfeature/server-sdk';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { reinstate } from '../../../runtime/core/release/transitions.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { StagedRelease } from '../../support/monitor.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const service = 'shop';
const memberId = 'canary-1';

describe('a canary that watches itself', () => {
  let server: TestRedis;
  let redis: Redis;
  let staged: StagedRelease;
  let faults: Faults;
  let lag: number;
  let ejector: SelfEjector;
  let orders: EjectionOrders;

  const check = async (times: number) => {
    for (let time = 0; time < times; time += 1) await ejector.runCycle();
  };
  const document = async () => {
    const read = await staged.releases.read();
    if (read.kind !== 'found') throw new Error('there is no document');
    return read.document;
  };
  const state = async () => (await document()).members.find(({ id }) => id === memberId)?.state;

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => {
    await redis.flushall();
    staged = new StagedRelease(redis, service);
    await staged.stage();
    faults = new Faults({ crash: () => undefined });
    lag = 0;
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
    orders = new EjectionOrders(redis, service);
    ejector = new SelfEjector({
      memberId,
      selfCheck: new SelfCheck({
        ask: async () => await app.request('/healthz'),
        lagMs: () => lag,
        answerTimeoutMs: 20,
      }),
      orders,
      eject: (request) => ejectAndWait({ releases, reports, now: Date.now, logger }, request),
      logger,
    });
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('stays while it is well', async () => {
    await check(10);
    expect(await state()).toBe('active');
  });

  it.each([
    [
      'its health check says so',
      () => faults.set({ unhealthy: true }),
      /health check returned 503$/,
    ],
    [
      'it answers no health check',
      () => faults.set({ hang: true }),
      /health check timed out after 20 ms$/,
    ],
    ['its event loop is late', () => (lag = 1_500), /event loop was late by 1500 ms$/],
  ])('leaves when %s three times in a row', async (_what, fallIll, reason) => {
    fallIll();
    await check(2);
    expect(await state()).toBe('active');
    await check(1);
    expect(await state()).toBe('ejected');
    const after = await document();
    expect(after).toMatchObject({ weight: 0, phase: 'aborted', updatedBy: 'member canary-1' });
    expect(after.reason).toMatch(/^canary ejected itself: its /);
    expect(after.reason).toMatch(reason);
    expect(await new EventLog(redis, service).last(1)).toMatchObject([
      { type: 'canary-ejected', text: after.reason, by: 'member canary-1' },
    ]);
    faults.stop();
  });

  it('forgets what was bad when it is well in between', async () => {
    for (let time = 0; time < 5; time += 1) {
      faults.set({ unhealthy: true });
      await check(2);
      faults.stop();
      await check(1);
    }
    expect(await state()).toBe('active');
  });

  it('leaves at once when the monitor of its host tells it, for the reason that it gives', async () => {
    const order = { by: 'monitor h1/1', reason: 'it crashed 3 times', cause: 'crash-loop' };
    await orders.give(memberId, { ...order, flags: ['new_feature'] });
    await check(1);
    expect(await document()).toMatchObject({
      weight: 0,
      reason: 'canary ejected itself: monitor h1/1 ordered it: it crashed 3 times',
      evidence: { ejection: { flags: ['new_feature'], facts: { cause: 'crash-loop' } } },
    });
  });

  it('may come back after it followed an order', async () => {
    await orders.give(memberId, { by: 'm', reason: 'r', cause: 'c', flags: [] });
    await check(1);
    await staged.releases.change((at) => reinstate(at, undefined, 'well again'));
    await check(5);
    expect(await state()).toBe('active');
  });

  it('heeds no order to another member, nor one that it cannot read', async () => {
    await orders.give('canary-2', { by: 'm', reason: 'r', cause: 'c', flags: [] });
    await redis.set(redisKeys(service).ejection(memberId), 'leave!');
    await check(5);
    expect(await state()).toBe('active');
  });

  it('goes on without Redis, and leaves when it is back', async () => {
    const other = await startRedis();
    using gone = await clientOf(other);
    await other[Symbol.asyncDispose]();
    const lost = new ReleaseStore(gone, service, { by: 'member' });
    const reports = new ProxyReports(gone, service);
    const ill = { run: () => Promise.resolve('it is ill') };
    const leaveWith = (releases: ReleaseStore) =>
      new SelfEjector({
        memberId,
        selfCheck: ill,
        orders,
        eject: (request) => ejectAndWait({ releases, reports, now: Date.now, logger }, request),
        logger,
      });
    await leaveWith(lost).runCycle();
    expect(await state()).toBe('active');
    await leaveWith(staged.releases).runCycle();
    expect(await state()).toBe('ejected');
  });
});
