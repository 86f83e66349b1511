import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import {
  reinstateCanary,
  CanaryAnswers,
  checkCause,
  checkEmails,
  ejections,
  sentEmails,
  untilEjected,
  untilSettled,
  type CanaryEjection,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
const goalMs = 1_000;

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
    await delay(2 * goalMs);
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

function checkTimes(
  { recorder }: Stage,
  canaryAnswers: CanaryAnswers,
  { at }: CanaryEjection,
): void {
  const { firstFailureAt, lastSentAt } = canaryAnswers;
  const decisionMs = firstFailureAt === undefined ? undefined : Math.round(at - firstFailureAt);
  recorder.check('milliseconds from the first failed response to the ejection', {
    expected: 'less than 15000',
    actual: decisionMs ?? 'no failed response',
    ok: decisionMs !== undefined && decisionMs < 15_000,
  });
  recorder.note(`canary requests in that time: ${canaryAnswers.between(firstFailureAt ?? at, at)}`);
  const lastMs = Math.max(0, Math.round(lastSentAt - at));
  recorder.check('milliseconds from the ejection to the last canary request', {
    expected: `at most ${goalMs}`,
    actual: lastMs,
    ok: lastMs <= goalMs,
  });
}
