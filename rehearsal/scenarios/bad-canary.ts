import { setTimeout as delay } from 'node:timers/promises';
import { CanaryAnswers, checkTimes } from './canary-answers.ts';
import {
  reinstateCanary,
  checkCause,
  checkEmails,
  ejections,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
/** Time to see that the canary gets no more requests, milliseconds. */
const watchMs = 2_000;

/** Perch ejects a canary that starts to fail, disables its flag and notifies people once. */
export const badCanary: Scenario = {
  name: 'bad-canary',
  description: 'the canary fails 25% of its requests: ejection, flag off, one email; then recovery',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, perch, reader, recorder } = stage;
    await perch.run('flags', 'toggle', 'new_feature');
    await untilSettled(stage);
    const canaryAnswers = new CanaryAnswers(stage);
    await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
    recorder.note(`the canary fails ${errorPercent}% of its requests with status 500`);

    const ejection = await untilEjected(stage);
    await delay(watchMs);
    checkTimes(stage, canaryAnswers, ejection);
    checkCause(stage, ejection, ['errors']);
    const { flags } = await reader.read();
    recorder.check('flag new_feature', {
      expected: 'disabled',
      actual: flags.get('new_feature') ?? 'absent',
    });
    checkEmails(stage, await sentEmails(stage, 1));

    await reinstateCanary(stage);
    checkEmails(stage, await sentEmails(stage, 2), 1);
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
  },
};
