import { PerchError } from '../../../runtime/contract/perch-error.ts';

export const doctorUsage = `Usage: perch [--stack NAME] doctor [--json]

Before the first update of a stack it says what the project lacks: programs, packages, the stack,
configuration and secrets, access to servers. Without --stack it does so for all stacks that have a
file here.`;

/** @throws PerchError `bad_input` for a word after `perch doctor` that it does not have. */
export function checkDoctorWords(words: readonly string[]): void {
  const unknown = words.find((word) => word !== '--json');
  if (unknown === undefined) return;
  throw new PerchError('bad_input', `perch doctor has no argument ${unknown}\n\n${doctorUsage}`);
}
