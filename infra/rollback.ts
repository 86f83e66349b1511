/** `npm run rollback`: deploys a recorded release of a stack again. */
import { rollbackArguments, rollbackUsage } from './deploy/options.ts';
import { rollBack } from './deploy/rollback.ts';
import { runDeployment } from './deploy/run-deployment.ts';
import { selectedStack } from './deploy/selected-stack.ts';

await runDeployment({
  name: 'rollback',
  usage: rollbackUsage,
  deploy: async (cancellation) => {
    const { stack: name, verifySeconds, version } = rollbackArguments(process.argv.slice(2));
    return await rollBack(await selectedStack(name), { verifySeconds, version, cancellation });
  },
});
