import type { DoctorCheck } from '../survey.ts';

export const hostUnreachable: DoctorCheck = {
  name: 'host-unreachable',
  claim: 'every host answers by ssh',
  examine({ hosts }) {
    const findings = hosts.flatMap(({ name, report }) =>
      report.known
        ? []
        : {
            subject: name,
            problem: 'does not answer',
            evidence: report.why,
            remedy: `start the machine or its sshd, check its firewall and perch:sshPrivateKey; if it is lost: npx perch host replace ${name} --stack NAME`,
          },
    );
    return { findings, unchecked: [] };
  },
};
