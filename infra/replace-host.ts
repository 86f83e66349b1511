/** `npm run host`: replaces a host of a stack, or gives all its machines another size one by one. */
import { PerchError } from '../runtime/contract/perch-error.ts';
import { selectedStack } from './deploy/selected-stack.ts';
import { hostOptions, usage } from './replacement/host-options.ts';
import { Replacement } from './replacement/replacement.ts';
import { resize } from './replacement/resize.ts';
import { StackAccess } from './replacement/stack-access.ts';

const say = (line: string) => console.log(`host: ${line}`);

try {
  const options = hostOptions(process.argv.slice(2));
  const access = new StackAccess(await selectedStack(options.stack), say);
  await (options.action === 'replace'
    ? new Replacement(access, options).run()
    : resize(access, options.acceptOutage));
} catch (error) {
  if (!(error instanceof PerchError)) throw error;
  console.error(`host: ${error.message}`);
  if (error.code === 'bad_input' && process.argv.length < 4) console.error(`\n${usage}`);
  process.exitCode = error.code === 'bad_input' ? 2 : 1;
}
