import { parseArgs } from 'node:util';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';

export const usage = `Usage: npx perch recover --stack NAME

Makes a stack ready again after an update that was interrupted: removes the lock of that update and
undoes the creations that it did not finish. If the host where the stack's perch commands ran does not
answer, they run on another one from now on. Requests are served throughout.
npm run recover -- OPTIONS is the same in Perch's own repository.

  --stack NAME    the stack; its configuration is Pulumi.NAME.yaml`;

/**
 * Returns the stack that the arguments name.
 * @throws PerchError `bad_input`.
 */
export function recoveredStack(args: readonly string[]): string {
  try {
    const options = { stack: { type: 'string' } } as const;
    const { stack } = parseArgs({ args: [...args], options }).values;
    if (stack !== undefined) return stack;
  } catch (cause) {
    const message = errorMessage(cause);
    throw new PerchError('bad_input', `${message}\n\n${usage}`, { cause });
  }
  throw new PerchError('bad_input', `--stack must be given\n\n${usage}`);
}
