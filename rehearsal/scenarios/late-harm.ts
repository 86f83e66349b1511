import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../until.ts';
import { CanaryAnswers, checkTimes } from './canary-answers.ts';
import { sinceOf, untilEmail } from './incidents.ts';
import {
  checkCause,
  checkEmails,
  checkOnlyCanaryFailed,
  ejections,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
/** Length of the buckets in which proxies count, milliseconds: "Since" is the start of one. */
const bucketMs = 10_000;
/** Time by which the proxy may count an answer later than its client gets it, milliseconds. */
const lateMs = 1_000;

/** A good past saves no canary that turns bad. */
export const lateHarm: Scenario = {
  name: 'late-harm',
  description: 'the canary fails 25% of its requests after it was judged safe: ejection, one email',
  traffic: 100,
  hasMonitor: true,
  async play(stage) {
    const { fleet, options, reader, recorder } = stage;
    await untilSettled(stage);
    const kind = async () => (await reader.read()).verdict?.kind ?? 'none';
    await until('the verdict safe', async () => (await kind()) === 'safe', {
      timeoutMs: 60_000,
      everyMs: 500,
    });
    recorder.note('the canary is judged safe');
    await delay(options.quick ? 0 : 20_000);
    recorder.check('verdict before the harm', { expected: 'safe', actual: await kind() });
    const canaryAnswers = new CanaryAnswers(stage);
    await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
    recorder.note(`the canary fails ${errorPercent}% of its requests with status 500`);

    const ejection = await untilEjected(stage);
    await delay(2_000);
    checkTimes(stage, canaryAnswers, ejection);
    checkCause(stage, ejection, ['errors']);
    const since = sinceOf(await untilEmail(stage, 'the ejection', /canary ejected/));
    const beforeMs = Math.round((canaryAnswers.firstFailureAt ?? 0) - (since ?? 0));
    recorder.check('milliseconds from "Since" in the email to the first failed response', {
      expected: `from -${lateMs} to ${bucketMs}`,
      actual: since === undefined ? 'no time' : beforeMs,
      ok: since !== undefined && beforeMs >= -lateMs && beforeMs <= bucketMs,
    });
    checkEmails(stage, await sentEmails(stage, 1));
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    checkOnlyCanaryFailed(stage, 'status 500');
  },
};
