import { join } from 'node:path';
import { CommandError } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { Cancellation } from './cancellation.ts';
import { pulumiFailure } from './failure.ts';

export interface DeploymentProgram {
  /** Name in front of what is printed. */
  readonly name: string;
  readonly usage: string;
  /** Deploys, and returns true if the release is healthy. */
  readonly deploy: (cancellation: Cancellation) => Promise<boolean>;
}

// Preview and update run the stack's program in a process each. The second one finds it compiled.
const compileCache = join(process.cwd(), 'node_modules/.cache/perch');

/** Runs a deployment as a program: prints its error, and sets the exit code of this process. */
export async function runDeployment({ name, usage, deploy }: DeploymentProgram): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] ??= compileCache;
  using cancellation = new Cancellation((line) => console.log(`${name}: ${line}`));
  try {
    const isHealthy = await deploy(cancellation);
    process.exitCode = cancellation.exitCode ?? (isHealthy ? 0 : 1);
  } catch (cause) {
    const error = cause instanceof CommandError ? failureOf(cause) : cause;
    if (!(error instanceof PerchError)) throw error;
    console.error(`${name}: ${error.message}`);
    const isUsage = error.code === 'bad_input';
    if (isUsage) console.error(`\n${usage}`);
    process.exitCode = cancellation.exitCode ?? (isUsage ? 2 : 1);
  }
}

function failureOf(cause: CommandError): PerchError {
  return new PerchError('process_failed', `Pulumi: ${pulumiFailure(cause)}`, { cause });
}
