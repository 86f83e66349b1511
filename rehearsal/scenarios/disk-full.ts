import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { CanaryAnswers } from './canary-answers.ts';
import { checkEjectionEmails, checkEmail } from './incidents.ts';
import {
  checkCause,
  checkOnlyCanaryFailed,
  ejections,
  reinstateCanary,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
/** Longest time for which the canary may keep its share without a judge that can act. */
const mostMs = 15_000;
const countedRequests = 25;

/** No monitor can eject while Redis takes no writes, so the proxies act, and an email says so. */
export const diskFull: Scenario = {
  name: 'disk-full',
  description: 'Redis refuses writes while the canary fails: proxies withhold its share, an email',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, proxy, recorder, redis } = stage;
    await untilSettled(stage);
    const canaryAnswers = new CanaryAnswers(stage);
    await redis.refuseWrites();
    recorder.note('Redis cannot save its snapshot, and refuses writes');
    await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
    const faultyAt = Date.now();
    recorder.note(`the canary fails ${errorPercent}% of its requests with status 500`);

    const isHarmful = async () => (await proxy.readiness())?.withheld === 'harmful';
    await until('the proxy to find the canary harmful', isHarmful, { timeoutMs: 60_000 });
    recorder.note('the proxy found the canary harmful, and withholds its share');
    await checkEmail(stage, 'Redis', /Redis refuses writes: /);
    checkWithheld(stage, canaryAnswers, faultyAt);
    recorder.check('ejections while Redis refuses writes', {
      expected: 0,
      actual: (await ejections(stage)).length,
    });

    await redis.acceptWrites();
    recorder.note('Redis accepts writes again');
    await checkRecovered(stage, canaryAnswers);
  },
};

function checkWithheld({ recorder }: Stage, canaryAnswers: CanaryAnswers, faultyAt: number): void {
  const lastMs = Math.round(canaryAnswers.lastSentAt - faultyAt);
  recorder.check('milliseconds from the fault to the last canary request', {
    expected: `less than ${mostMs}`,
    actual: lastMs,
    ok: lastMs < mostMs,
  });
}

async function checkRecovered(stage: Stage, canaryAnswers: CanaryAnswers): Promise<void> {
  const { recorder } = stage;
  const ejection = await untilEjected(stage);
  checkCause(stage, ejection, ['errors']);
  await checkEmail(stage, 'the ejection', /canary ejected/);
  await checkEmail(stage, 'the end of the outage', /Resolved: Redis takes writes again/);
  await reinstateCanary(stage);
  const since = Date.now();
  const count = () => canaryAnswers.between(since, Number.POSITIVE_INFINITY);
  await until('canary requests', () => count() >= countedRequests);
  recorder.check('canary requests after the canary is reinstated', {
    expected: `at least ${countedRequests}`,
    actual: count(),
    ok: true,
  });
  recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
  await checkEjectionEmails(stage, 1);
  checkOnlyCanaryFailed(stage, 'status 500');
}
