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

/** So little that requests tell nothing soon, and the crashes themselves have to. */
const leastTraffic = 1;

/** The canary goes wrong in one way, and is taken out for that. */
function faultyCanary(
  about: Pick<Scenario, 'name' | 'summary'> & Partial<Scenario>,
  causes: readonly string[],
  goWrong: (stage: Stage) => Promise<void>,
): Scenario {
  return {
    traffic: 50,
    hasMonitor: true,
    ...about,
    async play(stage) {
      await untilSettled(stage, about.traffic === undefined ? undefined : leastTraffic);
      await goWrong(stage);
      const ejection = await untilEjected(stage);
      checkCause(stage, ejection, causes);
      checkEmails(stage, await sentEmails(stage, 1));
      stage.recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    },
  };
}

const whichHas =
  (settings: MemberFaults) =>
  async ({ fleet, recorder }: Stage) => {
    await fleet.setFaults(fleet.canary, settings);
    recorder.note(`the canary goes wrong: ${JSON.stringify(settings)}`);
  };

export const slowCanary = faultyCanary(
  { name: 'slow-canary', summary: 'the canary takes 800 ms for each answer; out, one mail' },
  ['latency'],
  whichHas({ 'latency-ms': 800 }),
);

export const memoryLeak = faultyCanary(
  { name: 'memory-leak', summary: 'the canary leaks 60 MiB a second; out, one mail' },
  ['container-memory'],
  whichHas({ 'leak-mib-per-s': 60 }),
);

export const crashCanary = faultyCanary(
  {
    name: 'crash-canary',
    summary: 'the canary crashes whenever it was started again; out, one mail',
    canaryRestarts: true,
    traffic: leastTraffic,
  },
  ['crash-loop', 'unhealthy'],
  async (stage) => {
    stage.recorder.note('the canary crashes, and again each time that it was started');
    void crashAgainAndAgain(stage);
  },
);

/** Who serves well and feels ill is found by nobody but itself. */
export const sickCanary = faultyCanary(
  { name: 'sick-canary', summary: 'the canary finds its own health bad; it leaves, one mail' },
  ['ejected itself'],
  whichHas({ unhealthy: true }),
);

const crashes = 20;

/** Never rejects: a canary that is just starting is asked again. */
async function crashAgainAndAgain({ fleet }: Stage): Promise<void> {
  const { canary } = fleet;
  for (let crash = 0; crash < crashes;) {
    await delay(100);
    if (!(await isUp(`${canary.url}/healthz`))) continue;
    const asked = fleet.setFaults(canary, { 'crash-after-ms': 200 });
    if (
      await asked.then(
        () => true,
        () => false,
      )
    ) {
      crash += 1;
      await delay(400);
    }
  }
}
