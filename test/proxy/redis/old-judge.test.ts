import { Redis } from 'ioredis';
import { test } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { Load } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy } from '../../support/processes/proxy-process.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');

/** Verdict of a leader of release 0.1, to which the counts of later proxies are invisible. */
const blindVerdict = {
  kind: 'inconclusive',
  sentence: '0 of 0 canary requests failed: not enough data yet',
  evidence: { rule: 'none', eValues: { errors: 1, latency: 1 }, harmfulFrom: 40 },
};
test('while a judge leads that cannot see its counts, a proxy withholds the share of a failing canary', async () => {
  await using server = await startRedis();
  await using stable = await MemberServer.start('stable-1');
  let asked = 0;
  await using canary = await MemberServer.start('canary-1', (_, response) => {
    asked += 1;
    // Every second request: outlier ejection counts failures in a row.
    response.writeHead(asked % 2 === 0 ? 500 : 200).end('canary-1');
  });
  const redis = new Redis(server.url);
  const members = [stable.entry(), canary.entry()];
  const document = releaseDocument({ weight: 50, members, updatedAt: Date.now() });
  await redis.set(keys.release, JSON.stringify(document));
  await redis.set(keys.leader, 'host-1/monitor 1');
  const status = { at: Date.now(), leader: 'host-1/monitor', verdict: blindVerdict, near: [] };
  await redis.set(keys.verdict, JSON.stringify(status));
  await using proxy = await startProxy({
    args: ['--workers', '1'],
    env: { PERCH_REDIS_URL: server.url, PERCH_SERVICE: 'shop' },
  });
  await proxy.untilGeneration(1);
  const load = new Load({ origin: proxy.origin, clients: 2 });
  await until(async () => (await proxy.ready()).withheld === 'harmful', {
    what: 'the proxy to judge by itself',
    timeoutMs: 25_000,
  });
  await load.stop();
  redis.disconnect();
});
