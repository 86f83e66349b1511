import { PerchError } from '../../../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import { pulumiUser, stackNames } from '../../pulumi-cli.ts';
import type { Finding } from '../survey.ts';
import { failureOf } from './failure-of.ts';

/** The finding that Pulumi knows no backend. */
export async function missingLogin(): Promise<Finding[]> {
  const evidence = await failureOf(pulumiUser());
  if (evidence === undefined) return [];
  const remedy = 'pulumi login (Pulumi Cloud), pulumi login s3://BUCKET, or pulumi login --local';
  return [{ subject: 'pulumi', problem: 'is not logged in', evidence, remedy }];
}

/** The finding that the backend does not have the stack. */
export async function missingStack(stack: string): Promise<Finding[]> {
  const remedy = `pulumi stack init ${stack}`;
  try {
    const names = await stackNames();
    if (names.includes(stack)) return [];
    const has = names.length === 0 ? 'none' : names.join(', ');
    const evidence = `the project's stacks there: ${has}`;
    return [{ subject: `stack ${stack}`, problem: 'is not made', evidence, remedy }];
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    const evidence = errorMessage(error);
    return [{ subject: `stack ${stack}`, problem: 'cannot be looked for', evidence, remedy }];
  }
}
