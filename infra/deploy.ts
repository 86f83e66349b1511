/** `npm run deploy`: updates a stack, watches the release, and rolls it back if it does harm. */
import { PerchError } from '../runtime/contract/perch-error.ts';
import { Deployment } from './deploy/deployment.ts';
import { deployOptions, usage } from './deploy/options.ts';
import { selectedStack } from './deploy/selected-stack.ts';

try {
  const { stack: name, verifySeconds } = deployOptions(process.argv.slice(2));
  const deployment = new Deployment(await selectedStack(name), verifySeconds);
  process.exitCode = (await deployment.run()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof PerchError)) throw error;
  console.error(`deploy: ${error.message}`);
  if (error.code === 'bad_input') console.error(`\n${usage}`);
  process.exitCode = error.code === 'bad_input' ? 2 : 1;
}
