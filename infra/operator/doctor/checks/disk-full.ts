import { reportsOf, type DoctorCheck } from '../survey.ts';

/** Share from which on a pull or a log may fill the disk. */
const nearlyFullPercent = 90;

export const diskFull: DoctorCheck = {
  name: 'disk-full',
  claim: `no disk of a host is used to ${nearlyFullPercent}% or more`,
  examine(survey) {
    const findings = reportsOf(survey).flatMap(({ name, report }) =>
      report.disks
        .filter(({ usedPercent }) => usedPercent >= nearlyFullPercent)
        .map(({ folder, usedPercent, freeMiB }) => ({
          subject: name,
          problem: `the disk of ${folder} is nearly full`,
          evidence: `${usedPercent}% used, ${freeMiB} MiB free`,
          remedy:
            'look with du -xh / | sort -h | tail on the host; docker system prune removes what no container uses; or give the machine a larger disk',
        })),
    );
    return { findings, unchecked: [] };
  },
};
