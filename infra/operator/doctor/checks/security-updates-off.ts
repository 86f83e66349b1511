import { reportsOf, type DoctorCheck } from '../survey.ts';
import { replaceHost } from '../replace-host.ts';

/** Machines of one's own may get their updates in other ways. */
export const securityUpdatesOff: DoctorCheck = {
  name: 'security-updates-off',
  claim: 'every machine that Perch made installs security updates by itself',
  examine(survey) {
    if (survey.hosting !== 'created') return { findings: [], unchecked: [] };
    const findings = reportsOf(survey)
      .filter(({ report }) => report.securityUpdates === false)
      .map(({ name }) => ({
        subject: name,
        problem: 'it installs no security updates by itself',
        evidence: 'unattended upgrades are off',
        remedy: replaceHost(survey, name),
      }));
    return { findings, unchecked: [] };
  },
};
