import { setTimeout as delay } from 'node:timers/promises';
import { CanaryAnswers, checkTimes } from './canary-answers.ts';
import { checkEjectionEmails, checkEmail } from './incidents.ts';
import {
  checkCause,
  checkOnlyCanaryFailed,
  ejections,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
const wrongClocks = [
  { host: 'fast-machine', clockShiftMs: 20_000, error: '20 s fast' },
  { host: 'slow-machine', clockShiftMs: -120_000, error: '120 s slow' },
] as const;

/** Proxies count by Redis' clock, so their own may be wrong; but people should know. */
export const wrongClock: Scenario = {
  name: 'wrong-clock',
  description: 'the clocks of two proxies are wrong: ejection as ever, emails about the clocks',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, recorder, startProxy, traffic } = stage;
    const proxies = await Promise.all(
      wrongClocks.map(({ host, clockShiftMs }) =>
        startProxy({ name: `proxy-on-${host}`, host, clockShiftMs }),
      ),
    );
    traffic.useProxies(proxies.map(({ port }) => port));
    const errors = wrongClocks.map(({ host, error }) => `the clock of ${host} is ${error}`);
    recorder.note(`all traffic goes through two proxies: ${errors.join(', ')}`);
    await untilSettled(stage, traffic.counts.answeredBy('stable') + 150);
    const canaryAnswers = new CanaryAnswers(stage);
    await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
    recorder.note(`the canary fails ${errorPercent}% of its requests with status 500`);

    const ejection = await untilEjected(stage);
    await delay(2_000);
    checkTimes(stage, canaryAnswers, ejection, 15_000);
    checkCause(stage, ejection, ['errors']);
    await checkEmail(stage, 'the ejection', /canary ejected/);
    for (const { host, error } of wrongClocks) {
      await checkEmail(stage, `the clock of ${host}`, new RegExp(`clock of ${host} is ${error}`));
    }
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    await checkEjectionEmails(stage, 1);
    checkOnlyCanaryFailed(stage, 'status 500');
  },
};
