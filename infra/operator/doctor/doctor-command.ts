import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { OperatorCommand } from '../command.ts';
import { allChecks } from './checks/all-checks.ts';
import { doctorText, examined } from './doctor-text.ts';
import { makeSurvey } from './gather/gather.ts';

const usage = `Usage: perch [--stack NAME] doctor [--json]

Before the first update of a stack it says what the project lacks: programs, packages, the stack,
configuration and secrets, access to servers. Without --stack it does so for all stacks that have a
file here.`;

/** `perch doctor`: checks what a release depends on. */
export const doctorCommand: OperatorCommand = {
  summary: 'Say what is wrong with hosts, DNS, certificates, Redis and versions, and what to do.',
  usage,
  async run(context, words) {
    const unknown = words.find((word) => word !== '--json');
    if (unknown !== undefined) {
      throw new PerchError('bad_input', `perch doctor has no argument ${unknown}\n\n${usage}`);
    }
    const survey = await makeSurvey(context);
    const checks = examined(allChecks, survey);
    const { stack, service } = survey;
    console.log(
      words.includes('--json') ? JSON.stringify({ stack, service, checks }) : doctorText(checks),
    );
    return checks.some(({ findings }) => findings.length > 0) ? 1 : 0;
  },
};
