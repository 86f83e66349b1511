import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { parseReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { test } from '../../monitor/fixtures.ts';
import { Load } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { PerchProcess } from '../../support/processes/perch-process.ts';
import { startProxy } from '../../support/processes/proxy-process.ts';
import {
  fullRedis,
  redisOnFullDisk,
  redisWithoutSnapshot,
  type RefusingRedis,
  whyNoMount,
} from '../../support/redis/refusals.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');

const kinds: { what: string; start: () => Promise<RefusingRedis>; why?: string | undefined }[] = [
  { what: 'cannot save its snapshot', start: redisWithoutSnapshot },
  { what: 'has no memory left', start: fullRedis },
  { what: 'has a full disk', start: redisOnFullDisk, why: whyNoMount() },
];

for (const { what, start, why } of kinds) {
  test(
    `a harmful canary loses its share while Redis ${what}, people are alerted, and the judge ejects it once Redis takes writes again`,
    unless(why),
    async ({ environment, ses }) => {
      await using refusing = await start();
      const { url } = refusing.server;
      const redis = new Redis(url);
      redis.on('error', () => {});
      await using stable = await MemberServer.start('stable-1');
      await using canary = await MemberServer.start('canary-1');
      const document = releaseDocument({
        weight: 50,
        rolloutId: 'rollout-1',
        members: [stable, canary].map((one) => one.entry()),
        updatedAt: Date.now(),
      });
      await redis.set(keys.release, JSON.stringify(document));
      const reached = { ...environment, PERCH_REDIS_URL: url };
      await using _monitor = new PerchProcess(['monitor'], reached);
      await using proxy = await startProxy({ args: ['--workers', '1'], env: reached });
      await proxy.untilGeneration(1);
      const load = new Load({ origin: proxy.origin, clients: 2 });
      await until(() => redis.exists(keys.verdict), { what: 'a judge' });
      await until(() => (load.answers.get('canary-1') ?? 0) > 50, { what: 'good canary requests' });

      await refusing.refuse();
      let asked = 0;
      canary.respond = (_, response) => {
        asked += 1;
        // Every second request: outlier ejection counts failures in a row.
        response.writeHead(asked % 2 === 0 ? 500 : 200).end('canary-1');
      };
      await until(async () => (await proxy.ready()).withheld === 'harmful', {
        what: 'the proxy to find harm',
        timeoutMs: 30_000,
      });
      const failed = load.failures.length + 2;
      const { total } = load;
      await until(() => load.total > total + 500, { what: 'more requests' });
      expect(load.failures.length).toBeLessThanOrEqual(failed);
      expect(parseReleaseDocument((await redis.get(keys.release)) ?? '').weight).toBe(50);
      const subjects = async () => (await ses.mails()).map(({ subject }) => subject);
      await until(async () => (await subjects()).length > 0, { what: 'a mail' });
      expect(await subjects()).toEqual([expect.stringContaining('[shop] Redis refuses writes: ')]);

      await refusing.accept();
      const stored = async () => parseReleaseDocument((await redis.get(keys.release)) ?? '');
      await until(async () => (await stored()).weight === 0, {
        what: 'the judge to eject the canary',
        timeoutMs: 30_000,
      });
      await until(async () => (await subjects()).some((one) => one.includes('Resolved: Redis')), {
        what: 'a mail that it is over',
        timeoutMs: 30_000,
      });
      await until(async () => (await proxy.ready()).withheld === null);
      const events = (await new EventLog(redis, 'shop').last(20)).map(({ type }) => type);
      await until(async () => (await subjects()).length === 3, { what: 'three mails' });
      expect(events).toEqual(expect.arrayContaining(['canary-withheld', 'redis-refuses-writes']));
      expect(await subjects()).toEqual(
        expect.arrayContaining([expect.stringContaining('canary ejected (weight 50 to 0)')]),
      );
      await load.stop();
      expect(new Set(load.failures)).toEqual(new Set(['500 canary-1']));
      redis.disconnect();
    },
  );
}
