import { LocalWorkspace, StackNotFoundError, type Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { pulumiFailure } from './failure.ts';

/**
 * Selects a stack of the project in the working directory.
 * @throws PerchError `bad_input` if no stack has that name; `process_failed` if Pulumi does not run,
 * for example because it is not installed or not logged in.
 */
export async function selectedStack(name: string): Promise<Stack> {
  try {
    return await LocalWorkspace.selectStack({ stackName: name, workDir: process.cwd() });
  } catch (cause) {
    if (cause instanceof StackNotFoundError) {
      const hint = `create it first with pulumi stack init ${name}, in the right backend`;
      throw new PerchError('bad_input', `there is no stack ${name}: ${hint}`, { cause });
    }
    throw new PerchError('process_failed', `Pulumi: ${pulumiFailure(cause)}`, { cause });
  }
}
