import { setTimeout as delay } from 'node:timers/promises';
import { checkNoneFailed } from '../stage.ts';
import { ejections, monitoringOf, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

/** A healthy canary stays, and nobody is notified. */
export const healthy: Scenario = {
  name: 'healthy',
  description: 'nothing fails for 2 minutes: no ejection, no email, verdict safe',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { options, reader, recorder } = stage;
    await untilSettled(stage);
    await delay(options.quick ? 15_000 : 120_000);
    const { verdict, release } = await reader.read();
    recorder.check('verdict', { expected: 'safe', actual: verdict?.kind ?? 'none' });
    recorder.check('ejections', { expected: 0, actual: (await ejections(stage)).length });
    recorder.check('weight', { expected: options.weight, actual: release?.weight ?? 'none' });
    const emails = await monitoringOf(stage).mailbox.subjects();
    recorder.check('emails', { expected: 0, actual: emails.length });
    await stage.traffic.pause();
    checkNoneFailed(stage);
  },
};
