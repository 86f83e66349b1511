import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { checkEmails, ejections, sentEmails, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 50;

/** A failure of both tracks is not attributed to the canary. */
export const sharedOutage: Scenario = {
  name: 'shared-outage',
  description: 'both tracks fail for 30 s: no ejection, one email about the outage',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { options, reader, recorder } = stage;
    await untilSettled(stage);
    await failEverywhere(stage, errorPercent);
    recorder.note(`every member fails ${errorPercent}% of its requests with status 500`);
    await delay(30_000);
    await failEverywhere(stage, 0);
    recorder.note('no member fails any more');

    const emails = await sentEmails(stage, 2, 90_000);
    checkEmails(stage, emails, 1);
    recorder.check('ejections', { expected: 0, actual: (await ejections(stage)).length });
    const { release } = await reader.read();
    recorder.check('weight', { expected: options.weight, actual: release?.weight ?? 'none' });
  },
};

async function failEverywhere({ fleet }: Stage, percent: number): Promise<void> {
  await Promise.all(
    fleet.members.map((member) => fleet.setFaults(member, { 'error-share': percent })),
  );
}
