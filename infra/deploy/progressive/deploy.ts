import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { beforeChange } from '../before-change.ts';
import type { Cancellation } from '../cancellation.ts';
import { Deployment } from '../deployment.ts';
import type { DeployOptions } from '../options.ts';
import { selectedStack } from '../selected-stack.ts';
import { deployFrom } from './deploy-from.ts';
import { patiently } from './patience.ts';
import { ProgressiveDeployment } from './progressive-deployment.ts';
import { readSettings, settingProblems } from './stack-settings.ts';

const say = (line: string) => console.log(`deploy: ${line}`);

/**
 * Deploys a stack in the way that the options name.
 * @returns true if the release is healthy. False: it failed, was left or cancelled.
 * @throws PerchError `bad_input` with every problem; `process_failed` or `conflict` if nothing was
 * changed.
 */
export async function deploy(options: DeployOptions, cancellation: Cancellation): Promise<boolean> {
  const stack = await selectedStack(options.stack);
  const { promote: promoteName, from: fromName } = options;
  const promote = promoteName === undefined ? undefined : await selectedStack(promoteName);
  const from = fromName === undefined ? undefined : await selectedStack(fromName);
  // Pulumi decrypts what it reads, for which it may lack the passphrase.
  const stacks = await beforeChange(async () => ({
    own: await readSettings(stack),
    promote: promote && (await readSettings(promote)),
    from: from && (await readSettings(from)),
  }));
  const { own } = stacks;
  const problems = settingProblems(options, stacks);
  if (problems.length > 0) throw new PerchError('bad_input', problems.join('; '));
  const { image, isProgressive, verifySeconds, waitSeconds } = options;
  return await patiently({ waitSeconds, cancellation, say }, async () => {
    if (from !== undefined) {
      return await deployFrom({ prod: stack, canary: from, verifySeconds, cancellation });
    }
    if (isProgressive && own.hasSteps) {
      const args = { stack, settings: own, promote, options, cancellation };
      return await new ProgressiveDeployment(args).run();
    }
    if (isProgressive) {
      say(`stack ${own.name} has no perch:steps: the canary gets perch:canaryWeight, and stays`);
    }
    return await plain(stack, { image, verifySeconds, cancellation });
  });
}

interface PlainOptions extends Pick<DeployOptions, 'image' | 'verifySeconds'> {
  readonly cancellation: Cancellation;
}

async function plain(stack: Stack, { image, ...options }: PlainOptions): Promise<boolean> {
  if (image === undefined) return await new Deployment(stack, options).run();
  const release = { action: 'deploy', known: { image }, values: { image } } as const;
  return await new Deployment(stack, { ...options, release }).run();
}
