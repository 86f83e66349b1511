import { setTimeout as delay } from 'node:timers/promises';
import { httpGet } from '../parts/http-get.ts';
import { endWithNoneFailed, type Stage } from '../stage.ts';
import type { RequestCounts } from '../traffic/request-counts.ts';
import type { Scenario } from './scenario.ts';

const counted = 400;
const concurrency = 8;

/** The data plane never waits for Redis: it may hang, die and come back empty. */
export const redisDown: Scenario = {
  name: 'redis-down',
  summary: 'Redis hangs, dies and comes back empty under load; no request fails',
  traffic: 250,
  hasMonitor: false,
  async play(stage) {
    const { redis, recorder, options } = stage;
    const outageMs = options.quick ? 2_500 : 10_000;
    const before = await routing(stage);

    redis.pause();
    recorder.note('Redis hangs (SIGSTOP)');
    await delay(outageMs);
    checkSame(stage, 'while Redis hung', before, await routing(stage));
    redis.resume();

    await redis.kill();
    recorder.note('Redis is dead (SIGKILL)');
    await delay(outageMs);
    checkSame(stage, 'while Redis was dead', before, await routing(stage));

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
  /** What each member says of itself, flags included. */
  readonly pages: string;
}

/** Where the proxy sends requests now: what it says, and what comes of it. */
async function routing({ fleet, proxy, traffic }: Stage): Promise<Routing> {
  const { ratePerSecond } = traffic;
  await traffic.pause();
  const counts = await traffic.send(counted, concurrency);
  traffic.setRate(ratePerSecond);
  const pages = await Promise.all(fleet.members.map(({ url }) => httpGet(`${url}/version`)));
  return {
    generation: (await proxy.readiness())?.generation,
    canary: counts.answeredBy('canary'),
    members: membersOf(counts),
    pages: pages.map((page) => page?.body ?? 'no answer').join(' '),
  };
}

function membersOf({ members }: RequestCounts): string {
  return [...members.keys()].sort().join(', ');
}

function checkSame(stage: Stage, when: string, before: Routing, now: Routing): void {
  const { proxy, recorder } = stage;
  recorder.check(`canary requests of ${counted} ${when}`, {
    expected: before.canary,
    actual: now.canary,
    // A share that is no whole number of requests may come out one off, for each worker.
    ok: Math.abs(now.canary - before.canary) <= proxy.workers,
  });
  recorder.check(`members that answered ${when}`, {
    expected: before.members,
    actual: now.members,
  });
  recorder.check(`generation that the proxy applied ${when}`, {
    expected: before.generation ?? 'one',
    actual: now.generation ?? 'none',
  });
  recorder.check(`flags of every member ${when}`, {
    expected: 'unchanged',
    actual: now.pages === before.pages ? 'unchanged' : now.pages,
  });
}
