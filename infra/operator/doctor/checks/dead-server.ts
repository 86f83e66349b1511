import type { Part } from '../../../../runtime/contract/labels.ts';
import { reportsOf, type DoctorCheck } from '../survey.ts';

interface DeadServerArgs extends Pick<DoctorCheck, 'name' | 'claim'> {
  readonly part: Part;
  readonly problem: string;
}

/** Check that finds servers of one part, of the stack's own service, which are not healthy. */
export function deadServerCheck({ part, problem, ...check }: DeadServerArgs): DoctorCheck {
  return {
    ...check,
    examine(survey) {
      const findings = reportsOf(survey).flatMap(({ name, report: { containers } }) =>
        containers
          .filter((container) => container.part === part && container.service === survey.service)
          .filter(({ status }) => !status.includes('(healthy)'))
          .map(({ id, status }) => ({
            subject: name,
            problem,
            evidence: status,
            remedy: `read its log with perch logs --all --host ${name}; start it with docker start ${id.slice(0, 12)}`,
          })),
      );
      return { findings, unchecked: [] };
    },
  };
}
