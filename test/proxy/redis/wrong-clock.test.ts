import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ProxyWorker } from '../../../runtime/proxy/worker.ts';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { RedisClock } from '../../../runtime/store/redis/redis-clock.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { get } from '../../support/http/load.ts';
import { test } from '../../support/judge/judge-stage.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const service = 'shop';

for (const aheadMs of [120_000, -120_000]) {
  test(`a proxy whose clock is off by ${aheadMs} ms counts in Redis' buckets, and the judge finds the harm`, async ({
    stage,
    sharedServer,
  }) => {
    const { redis } = stage;
    await using stable = await MemberServer.start('stable-1');
    await using canary = await MemberServer.start('canary-1', (_, response) => {
      // Never five failures in a row, which the proxy itself would act on.
      response.writeHead(canary.requests.length % 4 === 0 ? 200 : 500).end();
    });
    const document = releaseDocument({
      service,
      weight: 50,
      members: [stable.entry(), canary.entry({ version: '2' })],
    });
    await redis.set(redisKeys(service).release, JSON.stringify(document));
    const settings = proxySettings(
      { listen: '127.0.0.1:0', admin: '127.0.0.1:0' },
      { PERCH_REDIS_URL: sharedServer.url, PERCH_SERVICE: service },
    );
    const worker = new ProxyWorker({
      settings,
      id: 'host-1-0-a1b2c3',
      logger: silentLogger,
      clock: new RedisClock({ systemMs: () => Date.now() + aheadMs }),
      onStatus: () => {},
    });
    const judgeClock = new RedisClock({ systemMs: () => Date.now() - aheadMs });
    await judgeClock.follow(redis);
    const judge = stage.beginTerm({}, { now: () => judgeClock.now() });
    const { http: port } = await worker.start();
    try {
      await judge.runCycle();
      for (let request = 0; request < 200; request += 1) {
        await get(`http://127.0.0.1:${port}`);
      }
      const [seconds] = await redis.time();
      const redisMs = Number(seconds) * 1_000;
      const counted = async () => {
        const buckets = await new TrafficStore(redis, service).read(
          redisMs - 60_000,
          redisMs + 20_000,
        );
        return buckets.reduce((sum, one) => sum + one.stable.requests + one.canary.requests, 0);
      };
      await until(async () => (await counted()) >= 200, { what: "the counts in Redis' buckets" });
      await until(
        async () => {
          await judge.runCycle();
          return (await stage.canaryState()) === 'ejected';
        },
        { what: 'the ejection' },
      );
      const [report] = await new ProxyReports(redis, service).list();
      expect(Math.abs((report?.clockOffsetMs ?? 0) - aheadMs)).toBeLessThan(1_000);
    } finally {
      await worker.drain();
      await judgeClock.stop();
    }
  });
}
