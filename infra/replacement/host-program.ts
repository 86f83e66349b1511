import { PerchError } from '../../runtime/contract/perch-error.ts';
import { selectedStack } from '../deploy/selected-stack.ts';
import { hostOptions, usage } from './host-options.ts';
import { Replacement } from './replacement.ts';
import { resize } from './resize.ts';
import { StackAccess } from './stack-access.ts';

const say = (line: string) => console.log(`host: ${line}`);

/**
 * Runs `npx perch host replace` or `resize`: prints its error, and sets the exit code of this process.
 * @param args from `replace` or `resize` on.
 */
export async function hostProgram(args: readonly string[]): Promise<void> {
  try {
    const options = hostOptions(args);
    const access = new StackAccess(await selectedStack(options.stack), say);
    await (options.action === 'replace'
      ? new Replacement(access, options).run()
      : resize(access, options.acceptOutage));
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    console.error(`host: ${error.message}`);
    if (error.code === 'bad_input' && args.length < 2) console.error(`\n${usage}`);
    process.exitCode = error.code === 'bad_input' ? 2 : 1;
  }
}
