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

/** The ejection comes first; the email follows, however long that takes. */
export const sesThrottled: Scenario = {
  name: 'ses-throttled',
  description: 'SES throttles for 60 s: the ejection does not wait, one email follows',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, options, reader, recorder } = stage;
    const { mailbox } = monitoringOf(stage);
    const throttlesMs = options.quick ? 15_000 : 60_000;
    await untilSettled(stage);
    mailbox.throttles = true;
    const throttlesSince = performance.now();
    recorder.note('SES throttles');
    await fleet.setFaults(fleet.canary, { 'error-share': 25 });

    const ejection = await untilEjected(stage);
    const tookMs = Math.round(performance.now() - throttlesSince);
    recorder.check('milliseconds from the fault to the ejection, while SES throttles', {
      expected: `less than ${throttlesMs}`,
      actual: tookMs,
      ok: tookMs < throttlesMs,
    });
    checkCause(stage, ejection, ['errors']);
    await delay(Math.max(0, throttlesMs - tookMs));
    recorder.check('attempts that SES refused', {
      expected: 'more than one',
      actual: mailbox.refused,
      ok: mailbox.refused > 1,
    });
    recorder.check('emails while SES throttles', {
      expected: 0,
      actual: (await mailbox.subjects()).length,
    });
    const { incidents } = await reader.read();
    const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
    recorder.check('incidents about the channel while SES throttles', {
      expected: 'email',
      actual: open
        .filter(({ rule }) => rule === 'channel-failed')
        .map(({ subject }) => subject)
        .join(),
    });
    mailbox.throttles = false;
    recorder.note('SES accepts emails again');
    checkEmails(stage, await sentEmails(stage, 1, 180_000));
  },
};
