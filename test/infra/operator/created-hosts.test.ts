import { expect, test } from 'vitest';
import { liveRestoreOff } from '../../../infra/operator/doctor/checks/live-restore-off.ts';
import { securityUpdatesOff } from '../../../infra/operator/doctor/checks/security-updates-off.ts';
import type { Survey } from '../../../infra/operator/doctor/survey.ts';

/** Survey of a host that release 0.1 made. */
function surveyOf(hosting: Survey['hosting']): Survey {
  const report = {
    disks: [],
    dockerVersion: '27.3.1',
    missingImages: [],
    perchVersion: undefined,
    containers: [],
    clockOffsetMs: 0,
    clockErrorMs: 0,
    liveRestore: false,
    securityUpdates: false,
  };
  return {
    service: 'shop',
    edgeService: 'shop',
    stack: 'prod',
    nowMs: 0,
    hosting,
    hosts: [{ name: 'prod-0', report: { known: true, value: report } }],
    names: [],
    certificates: [],
    redis: { known: false, why: 'nobody asked' },
    otherStacks: [],
  };
}

test('a machine of a cloud without live-restore or security updates is to be replaced', () => {
  const survey = surveyOf('created');
  const remedy = 'a new machine has it: npx perch host replace prod-0 --stack prod --drain';
  for (const check of [liveRestoreOff, securityUpdatesOff]) {
    expect(check.examine(survey).findings).toMatchObject([{ subject: 'prod-0', remedy }]);
  }
});

test("updates of one's own machines are not judged, and nothing is said of the hosts of others", () => {
  expect(securityUpdatesOff.examine(surveyOf('given')).findings).toEqual([]);
  for (const check of [liveRestoreOff, securityUpdatesOff]) {
    expect(check.examine(surveyOf('of-others')).findings).toEqual([]);
  }
});
