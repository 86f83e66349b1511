import { PerchError } from '../../runtime/contract/perch-error.ts';
import { followControl } from '../recovery/follow-control.ts';
import { recoveredStack } from '../recovery/recover-options.ts';
import { recover } from '../recovery/recovery.ts';
import { selectedStack } from './selected-stack.ts';

const say = (line: string) => console.log(`recover: ${line}`);

/**
 * Runs `npx perch recover`, which makes a stack ready again after an update that was interrupted: prints
 * its error, and sets the exit code of this process.
 */
export async function recoverProgram(args: readonly string[]): Promise<void> {
  try {
    const name = recoveredStack(args);
    const stack = await selectedStack(name);
    await recover(stack, { breakLock: true, say });
    await followControl(stack, await stack.outputs(), say);
    say(`${name} is ready for the next update`);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    console.error(`recover: ${error.message}`);
    process.exitCode = error.code === 'bad_input' ? 2 : 1;
  }
}
