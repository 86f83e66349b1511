import type * as pulumi from '@pulumi/pulumi';
import { controlCommand, readGeneration, type Control } from '../release/control.ts';
import { generationIn } from '../release/generation.ts';
import { whenMade } from '../shell/when-made.ts';
import type { ConfiguredStep, InconclusiveOutcome } from '../../runtime/contract/rollout-steps.ts';
import type { App } from './app.ts';

export interface CanaryWeightArgs {
  readonly control: Control;
  /** Percent. */
  readonly weight: number;
  readonly affinity: 'none' | 'cookie';
  /** Steps of each new canary's rollout. Empty: the share is `weight`. Otherwise `weight` is not used. */
  readonly steps: readonly ConfiguredStep[];
  /** Outcome of a step that is inconclusive at its end. */
  readonly onInconclusive: InconclusiveOutcome;
  readonly canary: App;
}

/**
 * Sets the canary's share of traffic. A new canary begins a new rollout, even if only its
 * configuration changed. Without the canary the share is 0.
 *
 * These are two resources: the first one ends the share, the second one sets it. The second one is
 * replaced with each new share, so that nothing else that changes, such as the host's ssh key, sets
 * the share again after a person or the judge has changed it. The steps are on stdin, and so they
 * replace nothing either: other steps hold from the next canary on. Before 0.2 it was one, which did both:
 * the second one goes on with it, and its end runs before the next share is set.
 * @returns the generation of the release document that has the share.
 */
export function canaryWeight(
  name: string,
  args: CanaryWeightArgs,
  opts?: pulumi.CustomResourceOptions,
): pulumi.Output<number> {
  const { control, weight, affinity, steps, onInconclusive, canary } = args;
  const end = controlCommand(
    `${name}-end`,
    { control, create: readGeneration, delete: ['weight', '0'], triggers: [], after: [canary] },
    opts,
  );
  const set = controlCommand(
    name,
    {
      control,
      create: canary.firstMember.apply((rollout) =>
        steps.length === 0
          ? ['weight', String(weight), '--json', `--affinity=${affinity}`, `--rollout=${rollout}`]
          : ['rollout', 'begin', rollout, '--json', `--affinity=${affinity}`],
      ),
      update: readGeneration,
      ...(steps.length > 0 && { stdin: JSON.stringify({ steps, onInconclusive }) }),
      triggers: [],
      after: [end],
    },
    { ...opts, replaceOnChanges: ['create'], deleteBeforeReplace: true },
  );
  return whenMade(set.stdout, generationIn);
}
