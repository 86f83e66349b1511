import { setTimeout as delay } from 'node:timers/promises';
import type { MemberFaults } from '../parts/fleet.ts';
import { isUp } from '../parts/http-get.ts';
import type { Stage } from '../stage.ts';
import {
  checkCause,
  checkEmails,
  ejections,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

/** Too few requests to prove anything in time, so that the crashes themselves eject the canary. */
const lowTraffic = 1;

/** Scenario of one fault of the canary, which must be the cause of its ejection. */
function faultyCanary(
  about: Pick<Scenario, 'name' | 'description'> & Partial<Scenario>,
  causes: readonly string[],
  introduceFault: (stage: Stage) => Promise<void>,
): Scenario {
  return {
    traffic: 50,
    hasMonitor: true,
    ...about,
    async play(stage) {
      await untilSettled(stage, about.traffic === undefined ? undefined : lowTraffic);
      await introduceFault(stage);
      const ejection = await untilEjected(stage);
      checkCause(stage, ejection, causes);
      checkEmails(stage, await sentEmails(stage, 1));
      stage.recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    },
  };
}

const withFaults =
  (settings: MemberFaults) =>
  async ({ fleet, recorder }: Stage) => {
    await fleet.setFaults(fleet.canary, settings);
    recorder.note(`the canary has faults: ${JSON.stringify(settings)}`);
  };

export const slowCanary = faultyCanary(
  {
    name: 'slow-canary',
    description: 'the canary takes 800 ms for each response: ejection, one email',
    warmUpSeconds: 5,
  },
  ['latency'],
  withFaults({ 'latency-ms': 800 }),
);

export const memoryLeak = faultyCanary(
  { name: 'memory-leak', description: 'the canary leaks 60 MiB a second: ejection, one email' },
  ['container-memory'],
  withFaults({ 'leak-mib-per-s': 60 }),
);

export const crashCanary = faultyCanary(
  {
    name: 'crash-canary',
    description: 'the canary crashes after every start: ejection, one email',
    canaryRestarts: true,
    traffic: lowTraffic,
  },
  ['crash-loop', 'unhealthy'],
  async (stage) => {
    stage.recorder.note('the canary crashes after every start');
    void crashRepeatedly(stage);
  },
);

/** Only the canary itself knows that it is unhealthy, because it serves every request well. */
export const sickCanary = faultyCanary(
  {
    name: 'sick-canary',
    description: 'the canary finds itself unhealthy: self-ejection, one email',
  },
  ['ejected itself'],
  withFaults({ unhealthy: true }),
);

const crashes = 20;

/** Never rejects: a canary that is still starting is tried again. */
async function crashRepeatedly({ fleet }: Stage): Promise<void> {
  const { canary } = fleet;
  for (let crash = 0; crash < crashes;) {
    await delay(100);
    if (!(await isUp(`${canary.url}/healthz`))) continue;
    const accepted = fleet.setFaults(canary, { 'crash-after-ms': 200 });
    if (
      await accepted.then(
        () => true,
        () => false,
      )
    ) {
      crash += 1;
      await delay(400);
    }
  }
}
