import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import {
  bringBack,
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

const errorShare = 25;
const goalMs = 1_000;

/** A canary that begins to fail is taken out, its flag with it, and people are told once. */
export const badCanary: Scenario = {
  name: 'bad-canary',
  summary: 'the canary starts to answer 25 % 500s; out, flag off, one mail; then it recovers',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, perch, reader, recorder } = stage;
    await perch.run('flags', 'toggle', 'new_feature');
    await untilSettled(stage);
    const watch = new CanaryAnswers(stage);
    await fleet.setFaults(fleet.canary, { 'error-share': errorShare });
    recorder.note(`the canary answers ${errorShare} % with 500`);

    const ejection = await untilEjected(stage);
    await delay(2 * goalMs);
    checkTimes(stage, watch, ejection);
    checkCause(stage, ejection, ['errors']);
    const { flags } = await reader.read();
    recorder.check('flag new_feature', {
      expected: 'disabled',
      actual: flags.get('new_feature') ?? 'absent',
    });
    checkEmails(stage, await sentEmails(stage, 1));

    await bringBack(stage);
    checkEmails(stage, await sentEmails(stage, 2), 1);
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
  },
};

function checkTimes({ recorder }: Stage, watch: CanaryAnswers, { at }: CanaryEjection): void {
  const { firstBadAt, lastSentAt } = watch;
  const decisionMs = firstBadAt === undefined ? undefined : Math.round(at - firstBadAt);
  recorder.check('milliseconds from the first bad answer to the decision', {
    expected: 'less than 15000',
    actual: decisionMs ?? 'no bad answer',
    ok: decisionMs !== undefined && decisionMs < 15_000,
  });
  recorder.note(`canary requests meanwhile: ${watch.between(firstBadAt ?? at, at)}`);
  const lastMs = Math.max(0, Math.round(lastSentAt - at));
  recorder.check('milliseconds from the decision to the last canary request', {
    expected: `at most ${goalMs}`,
    actual: lastMs,
    ok: lastMs <= goalMs,
  });
}
