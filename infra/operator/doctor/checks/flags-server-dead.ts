import type { Part } from '../../../../runtime/contract/labels.ts';
import { reportsOf, type DoctorCheck } from '../survey.ts';

const part: Part = 'flags';

export const flagsServerDead: DoctorCheck = {
  name: 'flags-server-dead',
  claim: 'every flags server is healthy',
  examine(survey) {
    const findings = reportsOf(survey).flatMap(({ name, report: { containers } }) =>
      containers
        .filter((container) => container.part === part && container.service === survey.service)
        .filter(({ status }) => !status.includes('(healthy)'))
        .map(({ id, status }) => ({
          subject: name,
          problem: 'its flags server is not healthy, so applications may use their own defaults',
          evidence: status,
          remedy: `read its log with perch logs --all --host ${name}; start it with docker start ${id.slice(0, 12)}`,
        })),
    );
    return { findings, unchecked: [] };
  },
};
