import { reportsOf, type DoctorCheck } from '../survey.ts';

export const clockUnsynchronised: DoctorCheck = {
  name: 'clock-unsynchronised',
  claim: 'every host keeps its clock by a time server',
  examine(survey) {
    const reports = reportsOf(survey);
    const findings = reports
      .filter(({ report }) => report.clockIsKept === false)
      .map(({ name }) => ({
        subject: name,
        problem: 'nothing keeps its clock',
        evidence: 'the kernel is not synchronised with a time server',
        remedy:
          'turn on time synchronisation there: timedatectl set-ntp true; if it is on, let UDP port 123 out',
      }));
    const unchecked = reports
      .filter(({ report }) => report.clockIsKept === undefined)
      .map(({ name }) => `${name} does not say if its clock is synchronised`);
    return { findings, unchecked };
  },
};
