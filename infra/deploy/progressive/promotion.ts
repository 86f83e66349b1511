/** Promotion of what a canary stack ran into its prod stack, and the end of that canary. */
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import type { Cancellation } from '../cancellation.ts';
import { withValues } from '../config-values.ts';
import { Deployment } from '../deployment.ts';
import { pulumiFailure } from '../failure.ts';
import { lastGoodOf, type LastGood } from '../last-good.ts';
import { makeReady } from '../make-ready.ts';
import { abortDoubt, promotionDoubt } from '../release-health.ts';
import { problemsBefore } from '../release-reading.ts';
import { StackPerch } from '../stack-perch.ts';
import { watchRelease } from '../watch.ts';

const show = (text: string) => process.stdout.write(text);
const say = (line: string) => console.log(`deploy: ${line}`);
const complain = (line: string) => console.error(`deploy: ${line}`);

/** Time in which the rollout has to end after its canary. */
const patienceMs = 20_000;

export interface PromotionArgs {
  readonly prod: Stack;
  readonly canary: Stack;
  /** Release that the canary ran. */
  readonly release: LastGood;
  /** Seconds for which prod is watched before the canary ends. */
  readonly verifySeconds: number;
  readonly cancellation: Cancellation;
}

/**
 * Deploys the canary's images in the prod stack, then ends the canary and verifies what is left. A canary
 * that another job has released meanwhile stays.
 * @returns true if the same image serves everywhere, and nothing of its canary is left.
 * @throws PerchError as Deployment does.
 */
export async function promote(args: PromotionArgs): Promise<boolean> {
  const { prod, canary, release, verifySeconds, cancellation } = args;
  const { image, runtimeImage, version } = release;
  const known = { image, runtimeImage, version };
  say(`promoting version ${version} to ${prod.name}: ${image}`);
  const isHealthy = await new Deployment(prod, {
    verifySeconds,
    cancellation,
    release: { action: 'deploy', known, values: known, isRecorded: true },
    imageSources: [canary],
    expected: abortDoubt,
  }).run();
  if (!isHealthy) {
    complain(`the canary of ${canary.name} stays as it is`);
    return false;
  }
  try {
    const perch = new StackPerch(canary);
    await makeReady({ stack: canary, perch, say });
    if (lastGoodOf(await perch.outputs())?.image !== image) {
      say(
        `version ${version} serves in ${prod.name}; the canary of ${canary.name} runs another image by now, and stays`,
      );
      return true;
    }
    const problems = await endCanary(args, perch);
    if (problems.length === 0) {
      say(`version ${version} serves everywhere, and nothing of the canary is left`);
      return true;
    }
    complain(`the promotion of version ${version} is not complete: ${problems.join('; ')}`);
  } catch (error) {
    complain(
      `${prod.name} has version ${version}, but the canary did not end: ${pulumiFailure(error)}`,
    );
  }
  complain('run the same command again: it goes on from there');
  return false;
}

/** Removes the canary's members, workers and share. Its hosts and monitors stay for the next one. */
async function endCanary(
  { canary, release, cancellation }: PromotionArgs,
  perch: StackPerch,
): Promise<string[]> {
  const { image, runtimeImage, version } = release;
  const before = await problemsBefore(perch);
  say(`ending the canary of ${canary.name}`);
  const { signalForPulumi: signal } = cancellation;
  await withValues(canary, { image, runtimeImage, version, canaryCount: '0' }, (file) =>
    canary.up({ onOutput: show, signal, ...file }),
  );
  perch.forget();
  return await watchRelease({
    status: () => perch.run(['status', '--json']),
    before,
    seconds: 0,
    patienceMs,
    expected: (status) => promotionDoubt(status, version),
    signal: cancellation.signal,
  });
}
