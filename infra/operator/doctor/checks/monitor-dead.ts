import type { Part } from '../../../../runtime/contract/labels.ts';
import { reportsOf, type DoctorCheck } from '../survey.ts';

const part: Part = 'monitor';

export const monitorDead: DoctorCheck = {
  name: 'monitor-dead',
  claim: 'a healthy monitor runs on every host',
  examine(survey) {
    const { edgeService } = survey;
    const findings = reportsOf(survey).flatMap(({ name, report: { containers } }) => {
      const monitors = containers.filter(
        (container) => container.part === part && container.service === edgeService,
      );
      if (monitors.some(({ status }) => status.includes('(healthy)'))) return [];
      const [monitor] = monitors;
      return {
        subject: name,
        problem: `its monitor ${monitor === undefined ? 'is gone' : 'is not healthy'}`,
        evidence: monitor?.status ?? `no container of part ${part} and service ${edgeService}`,
        remedy:
          monitor === undefined
            ? 'deploy the stack again, which makes it anew'
            : `read its log with perch logs --all --host ${name}; start it with docker start ${monitor.id.slice(0, 12)}`,
      };
    });
    return { findings, unchecked: [] };
  },
};
