import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { checkEmails, ejections, sentEmails, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

const errorShare = 50;

/** What ails both tracks is not the canary's doing. */
export const sharedOutage: Scenario = {
  name: 'shared-outage',
  summary: 'both tracks fail for 30 s; the canary is not blamed, one mail tells of the outage',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { options, reader, recorder } = stage;
    await untilSettled(stage);
    await failEverywhere(stage, errorShare);
    recorder.note(`every member answers ${errorShare} % with 500`);
    await delay(30_000);
    await failEverywhere(stage, 0);
    recorder.note('every member is well again');

    const mails = await sentEmails(stage, 2, 90_000);
    checkEmails(stage, mails, 1);
    recorder.check('ejections', { expected: 0, actual: (await ejections(stage)).length });
    const { release } = await reader.read();
    recorder.check('weight', { expected: options.weight, actual: release?.weight ?? 'none' });
  },
};

async function failEverywhere({ fleet }: Stage, share: number): Promise<void> {
  await Promise.all(
    fleet.members.map((member) => fleet.setFaults(member, { 'error-share': share })),
  );
}
