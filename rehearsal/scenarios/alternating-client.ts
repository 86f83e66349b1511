import type { Fleet, MemberFaults } from '../parts/fleet.ts';
import { setWeight, type Stage } from '../stage.ts';
import type { RequestCounts } from '../traffic/request-counts.ts';
import { checkEjectionEmails } from './incidents.ts';
import { checkStays, untilSettled } from './judging.ts';
import type { Scenario } from './scenario.ts';

const weight = 50;
const slowPath = '/';
const failingPath = '/version';
/** Faults of every member, whatever its version. */
const faults: MemberFaults = {
  'latency-ms': 300,
  'latency-path': slowPath,
  'error-share': 100,
  'error-path': failingPath,
};
const requests = { full: 300, quick: 60 };

/** Chance chooses the track of each request, so no order of requests can make a canary look bad. */
export const alternatingClient: Scenario = {
  name: 'alternating-client',
  description: 'one client alternates between a slow and a failing page of both versions: no harm',
  traffic: 50,
  hasMonitor: true,
  kinds: [{ path: slowPath }, { path: failingPath }],
  beginsWithoutShare: true,
  warmUpSeconds: 5,
  async play(stage) {
    const { fleet, options, recorder, traffic } = stage;
    await untilSettled(stage);
    await traffic.pause();
    await setFaultsEverywhere(fleet);
    await setWeight(stage, weight);
    recorder.note(
      `${slowPath} is slow and ${failingPath} fails in both versions, weight ${weight}`,
    );
    const count = options.quick ? requests.quick : requests.full;
    const counts = await traffic.send(count, 1);

    checkShare(stage, counts);
    await checkStays(stage, weight);
    await checkEjectionEmails(stage, 0);
  },
};

async function setFaultsEverywhere(fleet: Fleet): Promise<void> {
  await Promise.all(fleet.members.map((member) => fleet.setFaults(member, faults)));
}

function checkShare({ recorder }: Stage, counts: RequestCounts): void {
  const half = counts.total / 2;
  recorder.check('failed requests, all to the page that fails', {
    expected: half,
    actual: counts.failures.get('status 500') ?? 0,
  });
  const canary = counts.answeredBy('canary');
  recorder.check('canary requests', {
    expected: half,
    actual: canary,
    // The last block of 100 requests may have begun with all of its canary requests.
    ok: Math.abs(canary - half) <= 25,
  });
}
