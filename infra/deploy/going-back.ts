import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { pulumiFailure } from './failure.ts';
import { withValues, type ConfigFile } from './config-values.ts';
import { valuesOf, type LastGood } from './last-good.ts';
import type { ReleaseLog } from './release-log.ts';

export interface GoingBackArgs {
  readonly stack: Stack;
  /** Release that serves, or served before the update. */
  readonly lastGood: LastGood;
  /** Record of the way back. Undefined: nothing is deployed again, because it still serves, or has ended. */
  readonly log: ReleaseLog | undefined;
  /** Record of the release that failed. */
  readonly failed: ReleaseLog;
  /** Updates the stack. */
  readonly up: (file: ConfigFile) => Promise<void>;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Deploys the last good release again after a deployment that failed.
 * @returns the outcome, without its full stop.
 */
export async function goBack(args: GoingBackArgs): Promise<string> {
  const { stack, lastGood, log, failed, up, say } = args;
  const { image, version } = lastGood;
  const isRemoval = log === undefined && lastGood.isEnded === true;
  await log?.begin(lastGood);
  let failure = '';
  // If the first attempt stops halfway, the second one finishes it.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    say(isRemoval ? 'removing the canary again' : `rolling back to ${image}`);
    try {
      await withValues(stack, valuesOf(lastGood), up);
      await log?.end('served', lastGood);
      await failed.end('rolled-back', {});
      if (isRemoval) return 'the canary was removed again, as before the deployment';
      return `the last good image was deployed again: ${image} (version ${version})`;
    } catch (error) {
      failure = pulumiFailure(error);
    }
  }
  await log?.end('failed', { reason: failure });
  return `the rollback to ${image} failed too: ${failure}; the members that served before still serve`;
}
