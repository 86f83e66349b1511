import { Relay } from '../parts/relay.ts';
import type { RunningProxy } from '../parts/running-proxy.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { CanaryAnswers, checkTimes } from './canary-answers.ts';
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
const cutOffHost = 'cut-off-machine';
const unjudgedAfterSeconds = 10;
/** Time for the last requests to be answered, milliseconds. */
const graceMs = 1_000;
const countedRequests = 25;

/** A proxy that no ejection reaches protects clients by itself. */
export const cutOffProxy: Scenario = {
  name: 'cut-off-proxy',
  description: 'one of two proxies is cut off from Redis, the canary fails: no proxy keeps it',
  traffic: 100,
  hasMonitor: true,
  async play(stage) {
    const { fleet, proxy, recorder, redis, startProxy, traffic } = stage;
    const { relay, port } = await Relay.start(redis.port);
    await using _relay = relay;
    const redisUrl = new URL(redis.url);
    redisUrl.port = String(port);
    const cutOff = await startProxy({
      name: 'proxy-cut-off',
      host: cutOffHost,
      redisUrl: redisUrl.href,
      unjudgedAfterSeconds,
    });
    traffic.useProxies([proxy.port, cutOff.port]);
    await untilSettled(stage, traffic.counts.answeredBy('stable') + 300);
    const answers = new CanaryAnswers(stage, proxy.port);
    const cutOffAnswers = new CanaryAnswers(stage, cutOff.port);
    relay.cut();
    const cutAt = Date.now();
    recorder.note(`the proxy on ${cutOffHost} is cut off from Redis`);
    await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
    recorder.note(`the canary fails ${errorPercent}% of its requests with status 500`);

    const ejection = await untilEjected(stage);
    await untilWithheld(cutOff, true);
    recorder.note('the proxy that is cut off withholds the share of the canary');
    await checkEmail(stage, 'the ejection', /canary ejected/);
    await checkEmail(stage, 'the silent proxy', new RegExp(`proxy ${cutOffHost}-\\S+ is silent`));
    checkTimes(stage, answers, ejection);
    checkCause(stage, ejection, ['errors']);
    checkCutOff(stage, cutOffAnswers, cutAt);

    relay.heal();
    recorder.note('the network works again');
    await checkHealed(stage, cutOff, [answers, cutOffAnswers]);
  },
};

async function untilWithheld(proxy: RunningProxy, isWithheld: boolean): Promise<void> {
  const what = isWithheld ? 'withhold the share' : 'give the canary its share';
  await until(
    `a proxy to ${what}`,
    async () => ((await proxy.readiness())?.withheld !== null) === isWithheld,
    { timeoutMs: 30_000 },
  );
}

function checkCutOff({ recorder }: Stage, { answers, lastSentAt }: CanaryAnswers, cutAt: number) {
  const mostMs = unjudgedAfterSeconds * 1_000 + graceMs;
  const lastMs = Math.round(lastSentAt - cutAt);
  recorder.check('milliseconds from the cut to the last canary request of the proxy cut off', {
    expected: `less than ${mostMs}`,
    actual: lastMs,
    ok: lastMs < mostMs,
  });
  const after = answers.filter(({ dueAt }) => dueAt > cutAt);
  const failed = after.filter(({ failure }) => failure !== undefined);
  recorder.note(`canary requests of the proxy cut off: ${after.length}, ${failed.length} failed`);
}

/** Checks that everything is as before the cut: reports, incidents, routing. */
async function checkHealed(
  stage: Stage,
  cutOff: RunningProxy,
  answers: readonly CanaryAnswers[],
): Promise<void> {
  const { reader, recorder } = stage;
  await untilWithheld(cutOff, false);
  await checkEmail(stage, 'the end of the silence', /Resolved: .*silent/);
  const { release } = await reader.read();
  await cutOff.untilApplied(release?.generation ?? Number.POSITIVE_INFINITY);
  recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
  await reinstateCanary(stage);
  const since = Date.now();
  const counts = () => answers.map((each) => each.between(since, Number.POSITIVE_INFINITY));
  await until('canary requests from both proxies', () =>
    counts().every((count) => count >= countedRequests),
  );
  recorder.check('canary requests from each proxy after the canary is reinstated', {
    expected: `at least ${countedRequests}`,
    actual: counts().join(', '),
    ok: true,
  });
  const open = (await reader.read()).incidents.filter(({ resolvedAt }) => resolvedAt === null);
  recorder.check('open incidents about proxies', {
    expected: 0,
    actual: open.filter(({ rule }) => rule === 'proxy-silent').length,
  });
  await checkEjectionEmails(stage, 1);
  checkOnlyCanaryFailed(stage, 'status 500');
}
