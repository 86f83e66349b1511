import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../../runtime/core/release/transitions.ts';
import { EjectionOrders } from '../../runtime/store/release/ejection-orders.ts';
import { StagedRelease } from '../support/monitor.ts';
import { PerchProcess } from '../support/perch-process.ts';
import { clientOf } from '../support/redis-client.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

describe('a member that is told to end', () => {
  let server: TestRedis;
  let redis: Awaited<ReturnType<typeof clientOf>>;
  let staged: StagedRelease;

  const endMember = async (memberId: string, track: string) => {
    await using app = new PerchProcess(['app'], {
      PERCH_SERVICE: 'shop',
      PERCH_TRACK: track,
      PERCH_VERSION: '2.0.0',
      PERCH_MEMBER_ID: memberId,
      PERCH_HOST: 'host-1',
      PERCH_PORT: '0',
      PERCH_REDIS_URL: server.url,
    });
    await app.origin();
    app.signal('SIGTERM');
    expect(await app.ended()).toBe(0);
    const read = await staged.releases.read();
    if (read.kind !== 'found') throw new Error('there is no document');
    const { members, weight, reason } = read.document;
    return { state: members.find(({ id }) => id === memberId)?.state, weight, reason };
  };

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => {
    await redis.flushall();
    staged = new StagedRelease(redis, 'shop');
    await staged.stage();
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('takes itself out of rotation when it is a canary', async () => {
    const reason = 'canary ejected itself: it received SIGTERM';
    expect(await endMember('canary-1', 'canary')).toEqual({ state: 'ejected', weight: 0, reason });
  });

  it('leaves the document alone when it was drained before', async () => {
    await staged.releases.change((document) => drain(document, 'canary-1'));
    expect(await endMember('canary-1', 'canary')).toMatchObject({ state: 'draining' });
  });

  it('leaves the document alone when it is stable, for it may be started again', async () => {
    expect(await endMember('stable-1', 'stable')).toMatchObject({ state: 'active', weight: 25 });
  });

  it('leaves when the monitor of its host tells it, and goes on serving', async () => {
    await using app = new PerchProcess(['app'], {
      PERCH_SERVICE: 'shop',
      PERCH_TRACK: 'canary',
      PERCH_VERSION: '2.0.0',
      PERCH_MEMBER_ID: 'canary-1',
      PERCH_HOST: 'host-1',
      PERCH_PORT: '0',
      PERCH_REDIS_URL: server.url,
    });
    const origin = await app.origin();
    const order = { by: 'monitor host-1/1', reason: 'it crashed 3 times', cause: 'crash-loop' };
    await new EjectionOrders(redis, 'shop').give('canary-1', { ...order, flags: [] });
    await until(
      async () => {
        const read = await staged.releases.read();
        return read.kind === 'found' && read.document.weight === 0;
      },
      { what: 'the canary to leave' },
    );
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  });

  it('ends without Redis, too', async () => {
    await server.kill();
    await using app = new PerchProcess(['app'], {
      PERCH_SERVICE: 'shop',
      PERCH_TRACK: 'canary',
      PERCH_VERSION: '2.0.0',
      PERCH_MEMBER_ID: 'canary-1',
      PERCH_HOST: 'host-1',
      PERCH_PORT: '0',
      PERCH_REDIS_URL: server.url,
    });
    await app.origin();
    app.signal('SIGTERM');
    expect(await app.ended()).toBe(0);
  });
});
