/** `npm run deploy`: an update that is watched, and taken back when it does harm. */
import { LocalWorkspace, type OutputMap, type Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { onControl, type ControlAddress } from './deploy/control-shell.ts';
import { lastGoodOf, withLastGood, type LastGood } from './deploy/last-good.ts';
import { deployOptions, usage, type DeployOptions } from './deploy/options.ts';
import { tell } from './deploy/tell.ts';
import { watchRelease } from './deploy/watch.ts';
import { inMonitor } from './release/control.ts';
import { controlOf } from './roles/joint.ts';

const show = (text: string) => process.stdout.write(text);

try {
  process.exitCode = await deploy(deployOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof PerchError)) throw error;
  console.error(`deploy: ${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

/** @returns the exit code. */
async function deploy({ stack: stackName, verifySeconds }: DeployOptions): Promise<number> {
  const stack = await LocalWorkspace.selectStack({ stackName, workDir: process.cwd() });
  const lastGood = lastGoodOf(await stack.outputs());
  console.log('deploy: what would change');
  await stack.preview({ onOutput: show });
  const failure = await releaseFailure(stack, verifySeconds);
  if (failure === undefined) {
    console.log(`deploy: ${stackName} is well after ${verifySeconds} s`);
    return 0;
  }
  const outcome = await takeBack(stack, lastGood);
  const text = `Deployment of ${stackName} failed: ${failure}. ${outcome}`;
  console.error(`deploy: ${text}`);
  const { value: url } = await stack
    .getConfig('perch:webhookUrl')
    .catch(() => ({ value: undefined }));
  const { value: secret } = await stack
    .getConfig('perch:webhookSecret')
    .catch(() => ({ value: undefined }));
  await tell(text, { url, secret });
  return 1;
}

/** Updates and watches; answers what went wrong, if anything did. */
async function releaseFailure(stack: Stack, verifySeconds: number): Promise<string | undefined> {
  try {
    const { outputs } = await stack.up({ onOutput: show });
    const service = (await stack.getConfig('perch:service')).value;
    const address = await controlAddress(stack, outputs);
    const script = inMonitor(service, ['status', '--json']);
    const problems = await watchRelease(() => onControl(address, script), verifySeconds);
    return problems.length === 0 ? undefined : problems.join('; ');
  } catch (error) {
    // Pulumi's own message is its whole output, which stands above already.
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return line;
  }
}

async function takeBack(stack: Stack, lastGood: LastGood | undefined): Promise<string> {
  if (lastGood === undefined) return 'There is no earlier image to go back to.';
  console.log(`deploy: going back to ${lastGood.image}`);
  try {
    await withLastGood(stack, lastGood, () => stack.up({ onOutput: show }));
    return `The last good image ${lastGood.image} was deployed again.`;
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `Going back to ${lastGood.image} failed too: ${line}. The members that served still do.`;
  }
}

/** Undefined on target docker, where commands run here. */
async function controlAddress(
  stack: Stack,
  outputs: OutputMap,
): Promise<ControlAddress | undefined> {
  const control = controlOf(outputs['joint']?.value);
  if (control === undefined) return undefined;
  return { ...control, privateKey: (await stack.getConfig('perch:sshPrivateKey')).value };
}
