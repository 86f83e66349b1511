/** Programs that are commands of `npx perch` and scripts of npm. Each sets the exit code of this process. */
import { deployOptions, rollbackArguments, rollbackUsage, usage } from './options.ts';
import { deploy } from './progressive/deploy.ts';
import { rollBack } from './rollback.ts';
import { runDeployment } from './run-deployment.ts';
import { selectedStack } from './selected-stack.ts';

/** `npx perch deploy`: updates a stack, watches the release, and rolls it back if it does harm. */
export async function deployProgram(args: readonly string[]): Promise<void> {
  await runDeployment({
    name: 'deploy',
    usage,
    deploy: async (cancellation) => await deploy(deployOptions(args), cancellation),
  });
}

/** `npx perch rollback`: deploys a recorded release of a stack again. */
export async function rollbackProgram(args: readonly string[]): Promise<void> {
  await runDeployment({
    name: 'rollback',
    usage: rollbackUsage,
    deploy: async (cancellation) => {
      const { stack: name, verifySeconds, version } = rollbackArguments(args);
      return await rollBack(await selectedStack(name), { verifySeconds, version, cancellation });
    },
  });
}
