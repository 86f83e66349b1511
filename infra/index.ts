/** The Pulumi program of this repository: makes the resources of the stack's role. */
import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { parseConfig, type StackConfig } from './config/stack-config.ts';
import { preflight } from './preflight.ts';
import { encryptedKeys } from './shell/encrypted-keys.ts';
import { makeStack, stackOutputs } from './stacks/make-stack.ts';

const config = await checkedConfig();
const outputs = stackOutputs(config, await makeStack(config));

// Not every stack has each output, and a named export cannot be omitted.
export default Object.fromEntries(
  Object.entries(outputs).filter(([, value]) => value !== undefined),
);

async function checkedConfig(): Promise<StackConfig> {
  try {
    const config = parseConfig(pulumi.runtime.allConfig(), encryptedKeys());
    await preflight(config);
    return config;
  } catch (error) {
    if (error instanceof PerchError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
