import { setTimeout as delay } from 'node:timers/promises';
import { httpGet } from '../parts/http-get.ts';
import { endWithNoneFailed, type Stage } from '../stage.ts';
import type { RequestCounts } from '../traffic/request-counts.ts';
import type { Scenario } from './scenario.ts';
import { largestDeviation } from './split.ts';

const counted = 400;
const concurrency = 8;
/** Requests of one block of the split. */
const blockRequests = 100;

/** Requests never wait for Redis: it can hang, die and come back empty. */
export const redisDown: Scenario = {
  name: 'redis-down',
  description: 'Redis hangs, dies and comes back empty under load: no request fails',
  traffic: 250,
  hasMonitor: false,
  async play(stage) {
    const { redis, recorder, options } = stage;
    const outageMs = options.quick ? 2_500 : 10_000;
    const before = await routing(stage);

    redis.pause();
    recorder.note('Redis hangs (SIGSTOP)');
    await delay(outageMs);
    checkSame(stage, 'while Redis hangs', before, await routing(stage));
    redis.resume();

    await redis.kill();
    recorder.note('Redis is dead (SIGKILL)');
    await delay(outageMs);
    checkSame(stage, 'while Redis is dead', before, await routing(stage));

    await redis.start();
    recorder.note('Redis is back, and empty');
    await delay(outageMs / 2);
    checkSame(stage, 'after Redis came back empty', before, await routing(stage));
    await endWithNoneFailed(stage);
  },
};

interface Routing {
  readonly generation: number | undefined;
  readonly canary: number;
  readonly members: string;
  /** Version page of each member, with its flags. */
  readonly pages: string;
}

/** Current routing: the proxy's generation, and who answers requests. */
async function routing({ fleet, proxy, traffic }: Stage): Promise<Routing> {
  const { ratePerSecond } = traffic;
  await traffic.pause();
  // The share is exact in whole blocks only, so the count begins with one.
  await traffic.send((-traffic.counts.total % blockRequests) + blockRequests, concurrency);
  const counts = await traffic.send(counted, concurrency);
  traffic.setRate(ratePerSecond);
  const pages = await Promise.all(fleet.members.map(({ url }) => httpGet(`${url}/version`)));
  return {
    generation: (await proxy.readiness())?.generation,
    canary: counts.answeredBy('canary'),
    members: membersOf(counts),
    pages: pages.map((page) => page?.body ?? 'no response').join(' '),
  };
}

function membersOf({ members }: RequestCounts): string {
  return [...members.keys()].sort().join(', ');
}

function checkSame(stage: Stage, when: string, before: Routing, now: Routing): void {
  const { options, proxy, recorder } = stage;
  recorder.check(`canary requests out of ${counted} ${when}`, {
    expected: before.canary,
    actual: now.canary,
    // Both counts may deviate.
    ok:
      Math.abs(now.canary - before.canary) <=
      2 * largestDeviation(options.weight, counted, proxy.workers),
  });
  recorder.check(`members that respond ${when}`, {
    expected: before.members,
    actual: now.members,
  });
  recorder.check(`generation of the proxy ${when}`, {
    expected: before.generation ?? 'one',
    actual: now.generation ?? 'none',
  });
  recorder.check(`flags of all members ${when}`, {
    expected: 'unchanged',
    actual: now.pages === before.pages ? 'unchanged' : now.pages,
  });
}
