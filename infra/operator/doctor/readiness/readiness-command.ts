import { readdirSync } from 'node:fs';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';
import { doctorText } from '../doctor-text.ts';
import { readiness } from './readiness.ts';

/** Names of the stacks that have a file in a folder. */
export function stackFilesIn(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(?<stack>[^.]+)\.ya?ml$/.exec(file)?.groups?.['stack'] ?? [])
    .toSorted((a, b) => Number(b === 'prod') - Number(a === 'prod') || a.localeCompare(b));
}

/**
 * `perch doctor` before the first update: says what the project lacks.
 * @returns the exit code.
 * @throws PerchError `bad_input` if the working directory has no stack's file.
 */
export async function sayReadiness(stacks: readonly string[], isJson: boolean): Promise<number> {
  const folder = process.cwd();
  if (stacks.length === 0) {
    const remedy = 'npx perch init makes a project of an application';
    throw new PerchError(
      'bad_input',
      `the working directory must have a file Pulumi.STACK.yaml, got ${folder}; ${remedy}`,
    );
  }
  const reports = [];
  for (const stack of stacks) reports.push({ stack, checks: await readiness(folder, stack) });
  if (isJson) console.log(JSON.stringify({ stacks: reports }));
  else {
    const texts = reports.map(({ stack, checks }) => `Stack ${stack}\n${doctorText(checks)}`);
    console.log(texts.join('\n\n'));
  }
  const findings = reports.flatMap(({ checks }) => checks.flatMap((check) => check.findings));
  return findings.length > 0 ? 1 : 0;
}
