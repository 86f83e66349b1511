import { LocalWorkspace, StackNotFoundError, type Stack } from '@pulumi/pulumi/automation/index.js';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { isTornMessage, removeTornAttributes } from '../recovery/torn-attributes.ts';
import { pulumiFailure } from './failure.ts';

/**
 * Selects a stack of the project in the working directory. If an update was killed while it wrote its
 * state to a backend of files, that state is made readable first.
 * @throws PerchError `bad_input` if no stack has that name; `process_failed` if Pulumi does not run,
 * for example because it is not installed or not logged in.
 */
export async function selectedStack(name: string): Promise<Stack> {
  try {
    return await selectReadable(name);
  } catch (cause) {
    if (cause instanceof StackNotFoundError) {
      const hint = `create it first with pulumi stack init ${name}, in the right backend`;
      throw new PerchError('bad_input', `there is no stack ${name}: ${hint}`, { cause });
    }
    throw new PerchError('process_failed', `Pulumi: ${pulumiFailure(cause)}`, { cause });
  }
}

async function selectReadable(stackName: string): Promise<Stack> {
  const select = () => LocalWorkspace.selectStack({ stackName, workDir: process.cwd() });
  try {
    return await select();
  } catch (error) {
    if (!isTornMessage(errorMessage(error))) throw error;
    const workspace = await LocalWorkspace.create({ workDir: process.cwd() });
    const { url } = await workspace.whoAmI();
    if ((await removeTornAttributes(url ?? '')) === 0) throw error;
    return await select();
  }
}
