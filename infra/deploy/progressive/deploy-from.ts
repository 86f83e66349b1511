/** `--from`: a prod stack gets what its canary stack ran, if that has passed every step. */
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { beforeChange } from '../before-change.ts';
import { Deployment } from '../deployment.ts';
import { lastGoodOf, type LastGood } from '../last-good.ts';
import { StackPerch } from '../stack-perch.ts';
import { whyOtherSources } from '../checkout.ts';
import { ownRollout, recordsOf } from './own-canary.ts';
import { promote, type PromotionArgs } from './promotion.ts';
import { readSettings } from './stack-settings.ts';

const say = (line: string) => console.log(`deploy: ${line}`);

/**
 * Promotes what the canary ran, or deploys the prod stack as it is configured, and says why.
 * @throws PerchError as Deployment does.
 */
export async function deployFrom(args: Omit<PromotionArgs, 'release'>): Promise<boolean> {
  const { prod, canary, verifySeconds, cancellation } = args;
  const { release, reason } = await beforeChange(async () => {
    const perch = new StackPerch(canary);
    const release = lastGoodOf(await perch.outputs());
    const reason =
      release === undefined ? 'it was never updated' : await whyNot(canary, perch, release);
    return { release, reason };
  });
  if (release !== undefined && reason === undefined) return await promote({ ...args, release });
  say(
    `the canary of ${canary.name} is not promoted: ${reason}; deploying ${prod.name} as configured`,
  );
  return await new Deployment(prod, { verifySeconds, cancellation }).run();
}

/** Reason for which a canary must not be promoted. Undefined: none. */
async function whyNot(
  canary: Stack,
  perch: StackPerch,
  { image }: LastGood,
): Promise<string | undefined> {
  const { name, buildContext } = await readSettings(canary);
  const rollout = await ownRollout(canary, perch);
  if (rollout === undefined) return 'it has no members';
  const { rolloutId, phase } = rollout;
  if (phase !== 'promoting') return `its rollout ${rolloutId} is ${phase}, not promoting`;
  const records = await recordsOf(name, perch);
  const commit = records.find((record) => record.image === image)?.commit;
  if (commit === undefined) return 'no commit is recorded for its image';
  return await whyOtherSources({ folder: canary.workspace.workDir, buildContext }, commit);
}
