/** Examines what a project lacks before its first update: programs, packages, a stack, secrets, access to servers. */
import type { Examined } from '../doctor-text.ts';
import type { CheckResult, Finding } from '../survey.ts';
import { configurationOf, incompleteConfiguration } from './configuration.ts';
import { missingPackages, missingPrograms } from './machine.ts';
import { missingLogin, missingStack } from './pulumi-state.ts';
import { refusedLogins } from './servers.ts';

/** Result of a check: what is wrong, or why it was not made. */
type Result = readonly Finding[] | { readonly unchecked: string };

/**
 * Examines a project before the first update of a stack. A check that needs another one is not made
 * while that one finds something.
 * @param folder of the project.
 */
export async function readiness(folder: string, stack: string): Promise<Examined[]> {
  const programs = await missingPrograms();
  const hasPulumi = !programs.some(({ subject }) => subject === 'pulumi');
  const login: Result = hasPulumi ? await missingLogin() : { unchecked: 'pulumi is missing' };
  const made: Result = isClean(login)
    ? await missingStack(stack)
    : { unchecked: 'no backend is known' };
  const config = isClean(made) ? await configurationOf(stack) : undefined;
  const absent = { unchecked: `stack ${stack} cannot be read` };
  return [
    result('program-missing', 'pulumi, ssh and a Docker engine answer on this machine', programs),
    result('package-missing', 'the packages of the project are installed', missingPackages(folder)),
    result('login-missing', 'pulumi is logged in to a backend', login),
    result('stack-missing', `the backend has the stack ${stack}`, made),
    result(
      'configuration',
      'the configuration of the stack is complete',
      config === undefined ? absent : incompleteConfiguration(folder, stack, config),
    ),
    result(
      'login-refused',
      'every server lets the deploy key in',
      config === undefined ? absent : await refusedLogins(config),
    ),
  ];
}

function isClean(result: Result): boolean {
  return Array.isArray(result) && result.length === 0;
}

function result(name: string, claim: string, result: Result): Examined {
  const judged: CheckResult =
    'unchecked' in result
      ? { findings: [], unchecked: [result.unchecked] }
      : { findings: result, unchecked: [] };
  return { name, claim, ...judged };
}
