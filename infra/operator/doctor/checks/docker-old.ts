import { reportsOf, type DoctorCheck } from '../survey.ts';

/** Version of Debian 12, the oldest system whose own Docker Perch is tested with. */
const oldest = [20, 10] as const;

export const dockerOld: DoctorCheck = {
  name: 'docker-old',
  claim: `the Docker engine of every host answers and is ${oldest.join('.')} or later`,
  examine(survey) {
    const findings = reportsOf(survey).flatMap(({ name, report: { dockerVersion } }) => {
      if (dockerVersion === undefined) {
        return {
          subject: name,
          problem: 'its Docker engine does not answer',
          evidence: 'docker version failed',
          remedy: 'see journalctl --unit docker on the host, then: systemctl restart docker',
        };
      }
      if (!isOld(dockerVersion)) return [];
      return {
        subject: name,
        problem: 'its Docker is too old',
        evidence: `version ${dockerVersion}`,
        remedy: `install Docker ${oldest.join('.')} or later there; with live-restore, the containers keep running`,
      };
    });
    return { findings, unchecked: [] };
  },
};

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}
