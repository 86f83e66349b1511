import type { DoctorCheck, CheckResult, Survey } from './survey.ts';

/** A check that was made. */
export interface Examined extends CheckResult {
  readonly name: string;
  readonly claim: string;
}

/** Makes checks. Pure. */
export function examined(checks: readonly DoctorCheck[], survey: Survey): Examined[] {
  return checks.map((check) => ({
    name: check.name,
    claim: check.claim,
    ...check.examine(survey),
  }));
}

/** Results for people. Pure. */
export function doctorText(checks: readonly Examined[]): string {
  const wrong = checks.flatMap(({ findings }) => findings).length;
  const summary =
    wrong === 0
      ? 'Nothing is wrong.'
      : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`;
  return [...checks.map(checkText), '', summary].join('\n');
}

function checkText({ name, claim, findings, unchecked }: Examined): string {
  const state = findings.length > 0 ? 'WRONG' : unchecked.length > 0 ? '?    ' : 'ok   ';
  return [
    `${state}  ${name}: ${claim}`,
    ...findings.flatMap(({ subject, problem, evidence, remedy }) => [
      `         ${subject} ${problem}: ${evidence}`,
      `           to do: ${remedy}`,
    ]),
    ...unchecked.map((why) => `         not checked: ${why}`),
  ].join('\n');
}
