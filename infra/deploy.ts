/** `npm run deploy`: updates a stack, watches the release, and rolls it back if it does harm. */
import { Deployment } from './deploy/deployment.ts';
import { deployOptions, usage } from './deploy/options.ts';
import { runDeployment } from './deploy/run-deployment.ts';
import { selectedStack } from './deploy/selected-stack.ts';

await runDeployment({
  name: 'deploy',
  usage,
  deploy: async (cancellation) => {
    const { stack: name, verifySeconds } = deployOptions(process.argv.slice(2));
    const stack = await selectedStack(name);
    return await new Deployment(stack, { verifySeconds, cancellation }).run();
  },
});
