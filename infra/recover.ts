/** `npm run recover`: makes a stack ready again after an update that was interrupted. */
import { parseArgs } from 'node:util';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { selectedStack } from './deploy/selected-stack.ts';
import { followControl } from './recovery/follow-control.ts';
import { recover } from './recovery/recovery.ts';
import { errorMessage } from '../runtime/contract/error-message.ts';

const usage = `Usage: npm run recover -- --stack NAME

Makes a stack ready again after an update that was interrupted: removes the lock of that update and
undoes the creations that it did not finish. If the host where the stack's perch commands ran does not
answer, they run on another one from now on. Requests are served throughout.

  --stack NAME    the stack; its configuration is Pulumi.NAME.yaml`;

const say = (line: string) => console.log(`recover: ${line}`);

try {
  const stackName = stackOf(process.argv.slice(2));
  const stack = await selectedStack(stackName);
  await recover(stack, { breakLock: true, say });
  await followControl(stack, await stack.outputs(), say);
  say(`${stackName} is ready for the next update`);
} catch (error) {
  if (!(error instanceof PerchError)) throw error;
  console.error(`recover: ${error.message}`);
  process.exitCode = error.code === 'bad_input' ? 2 : 1;
}

/** @throws PerchError `bad_input`. */
function stackOf(args: string[]): string {
  try {
    const { stack } = parseArgs({ args, options: { stack: { type: 'string' } } }).values;
    if (stack !== undefined) return stack;
  } catch (cause) {
    const message = errorMessage(cause);
    throw new PerchError('bad_input', `${message}\n\n${usage}`, { cause });
  }
  throw new PerchError('bad_input', `--stack must be given\n\n${usage}`);
}
