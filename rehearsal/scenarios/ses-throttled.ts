import { setTimeout as delay } from 'node:timers/promises';
import {
  checkCause,
  checkEmails,
  monitoringOf,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

/** First the canary goes out, then people are told, however long that takes. */
export const sesThrottled: Scenario = {
  name: 'ses-throttled',
  summary: 'SES refuses for 60 s; the ejection does not wait for it, one mail comes afterwards',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, options, recorder } = stage;
    const { mailbox } = monitoringOf(stage);
    const refusesMs = options.quick ? 15_000 : 60_000;
    await untilSettled(stage);
    mailbox.throttles = true;
    const refusesSince = performance.now();
    recorder.note('SES refuses');
    await fleet.setFaults(fleet.canary, { 'error-share': 25 });

    const ejection = await untilEjected(stage);
    const tookMs = Math.round(performance.now() - refusesSince);
    recorder.check('milliseconds from the fault to the ejection, while SES refused', {
      expected: `less than ${refusesMs}`,
      actual: tookMs,
      ok: tookMs < refusesMs,
    });
    checkCause(stage, ejection, ['errors']);
    await delay(Math.max(0, refusesMs - tookMs));
    recorder.check('attempts that SES refused', {
      expected: 'more than one',
      actual: mailbox.refused,
      ok: mailbox.refused > 1,
    });
    recorder.check('mails while SES refused', {
      expected: 0,
      actual: (await mailbox.subjects()).length,
    });
    mailbox.throttles = false;
    recorder.note('SES takes mails again');
    checkEmails(stage, await sentEmails(stage, 1, 180_000));
  },
};
