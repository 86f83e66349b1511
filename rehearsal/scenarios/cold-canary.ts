import { setTimeout as delay } from 'node:timers/promises';
import { checkNoneFailed, setWeight } from '../stage.ts';
import { CanaryAnswers } from './canary-answers.ts';
import { checkStays, monitoringOf, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

const slowRequests = 20;
const latencyMs = 800;

/** A version that has just started is slow at first, and that is no harm. */
export const coldCanary: Scenario = {
  name: 'cold-canary',
  description: 'the first 20 requests of a healthy canary are slow: it stays, no email',
  traffic: 50,
  hasMonitor: true,
  beginsWithoutShare: true,
  async play(stage) {
    const { fleet, options, recorder, traffic } = stage;
    await untilSettled(stage);
    const canaryAnswers = new CanaryAnswers(stage);
    const faults = { 'latency-ms': latencyMs, 'latency-requests': slowRequests };
    await fleet.setFaults(fleet.canary, faults);
    await setWeight(stage, options.weight, options.affinity);
    recorder.note(`the canary is cold: its first ${slowRequests} answers take ${latencyMs} ms`);
    await delay(options.quick ? 15_000 : 45_000);

    const slow = canaryAnswers.answers.filter(({ durationMs }) => durationMs >= latencyMs).length;
    recorder.check('slow answers of the canary', {
      expected: `at least ${slowRequests}`,
      actual: slow,
      ok: slow >= slowRequests,
    });
    await checkStays(stage, options.weight);
    const emails = await monitoringOf(stage).mailbox.subjects();
    recorder.check('emails', { expected: 0, actual: emails.length });
    await traffic.pause();
    checkNoneFailed(stage);
  },
};
