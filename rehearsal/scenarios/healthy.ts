import { setTimeout as delay } from 'node:timers/promises';
import { checkNoneFailed } from '../stage.ts';
import { ejections, monitoringOf, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

/** A canary that is well stays, and nobody is bothered. */
export const healthy: Scenario = {
  name: 'healthy',
  summary: 'nothing goes wrong for 2 minutes; no ejection, no mail, verdict safe',
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
    const mails = await monitoringOf(stage).mailbox.subjects();
    recorder.check('mails', { expected: 0, actual: mails.length });
    await stage.traffic.pause();
    checkNoneFailed(stage);
  },
};
