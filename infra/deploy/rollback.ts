import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { perchVersion } from '../shell/perch-version.ts';
import { Deployment } from './deployment.ts';
import type { DeploymentOptions } from './deployment-options.ts';
import { lastGoodOf, valuesOf, type LastGood } from './last-good.ts';
import { readSettings } from './progressive/stack-settings.ts';
import { readHistory } from './release-reading.ts';
import { rollbackTarget, type DeployableRelease } from './rollback-target.ts';
import { StackPerch } from './stack-perch.ts';

const say = (line: string) => console.log(`rollback: ${line}`);

export interface RollbackOptions extends Pick<DeploymentOptions, 'verifySeconds' | 'cancellation'> {
  /** Version, or the beginning of an image's digest. Default: the version before the one that serves. */
  readonly version: string | undefined;
}

/**
 * Deploys a recorded release of a stack again, by its digests.
 * @returns true if the release is healthy.
 * @throws PerchError `bad_input` for a version that no record fits, or more than one; `conflict` or
 * `process_failed` if nothing was changed.
 */
export async function rollBack(stack: Stack, options: RollbackOptions): Promise<boolean> {
  const { version, ...deployment } = options;
  const perch = new StackPerch(stack);
  const serving = lastGoodOf(await perch.outputs());
  if (serving === undefined) {
    throw new PerchError('bad_input', `stack ${stack.name} must be up: it has no outputs`);
  }
  const { name, role } = await readSettings(stack);
  const target = rollbackTarget(await readHistory(perch), {
    stack: name,
    track: role === 'canary' ? 'canary' : 'stable',
    servingImage: serving.image,
    version,
  });
  const began = new Date(target.at).toISOString();
  say(`from version ${serving.version} to ${target.version}: ${target.image}, deployed ${began}`);
  const { image, version: recorded } = target;
  const runtimeImage = runtimeImageOf(target, serving);
  // The canary that is asked for comes back, also if the last one has ended.
  const known = { ...serving, image, version: recorded, runtimeImage, isEnded: false };
  const release = { action: 'rollback', known, values: valuesOf(known) } as const;
  return await new Deployment(stack, { ...deployment, release }).run();
}

/** Perch's own image goes back too, unless another version of Perch deployed the release. */
function runtimeImageOf(target: DeployableRelease, serving: LastGood): string {
  const { perch, runtimeImage } = target;
  if (perch === perchVersion() || runtimeImage === serving.runtimeImage) return runtimeImage;
  // This program starts proxies and monitors with settings that an older image may not understand.
  say(`Perch's own image stays: Perch ${perch ?? 'of an unknown version'} deployed that release`);
  return serving.runtimeImage;
}
