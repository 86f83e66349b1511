import { reportsOf, type DoctorCheck } from '../survey.ts';
import { replaceHost } from '../replace-host.ts';

export const liveRestoreOff: DoctorCheck = {
  name: 'live-restore-off',
  claim: 'containers outlive a restart of Docker on every host',
  examine(survey) {
    const { hosting } = survey;
    if (hosting === 'of-others') return { findings: [], unchecked: [] };
    const findings = reportsOf(survey)
      .filter(({ report }) => report.liveRestore === false)
      .map(({ name }) => ({
        subject: name,
        problem: 'a restart of Docker, as by an update, stops its containers',
        evidence: 'live-restore is off',
        remedy:
          hosting === 'created'
            ? replaceHost(survey, name)
            : 'set "live-restore": true in /etc/docker/daemon.json there, then: systemctl reload docker',
      }));
    return { findings, unchecked: [] };
  },
};
