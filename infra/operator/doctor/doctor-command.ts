import type { OperatorCommand } from '../command.ts';
import { allChecks } from './checks/all-checks.ts';
import { doctorText, examined } from './doctor-text.ts';
import { doctorUsage } from './doctor-words.ts';
import { makeSurvey } from './gather/gather.ts';

/** `perch doctor`: checks what a release depends on. */
export const doctorCommand: OperatorCommand = {
  summary: 'Say what is wrong with hosts, DNS, certificates, Redis and versions, and what to do.',
  usage: doctorUsage,
  async run(context, words) {
    const survey = await makeSurvey(context);
    const checks = examined(allChecks, survey);
    const { stack, service } = survey;
    console.log(
      words.includes('--json') ? JSON.stringify({ stack, service, checks }) : doctorText(checks),
    );
    return checks.some(({ findings }) => findings.length > 0) ? 1 : 0;
  },
};
