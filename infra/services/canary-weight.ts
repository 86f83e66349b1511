import type * as pulumi from '@pulumi/pulumi';
import { controlCommand, readGeneration, type Control } from '../release/control.ts';
import { generationIn } from '../release/generation.ts';
import { whenMade } from '../shell/when-made.ts';
import type { App } from './app.ts';

export interface CanaryWeightArgs {
  readonly control: Control;
  /** Percent. */
  readonly weight: number;
  readonly affinity: 'none' | 'cookie';
  readonly canary: App;
}

/**
 * Sets the canary's share of traffic. A new canary begins a new rollout, even if only its
 * configuration changed. Without the canary the share is 0.
 *
 * These are two resources: the first one ends the share, the second one sets it. The second one is
 * replaced with each new share, so that nothing else that changes, such as the host's ssh key, sets
 * the share again after a person or the judge has changed it.
 * @returns the generation of the release document that has the share.
 */
export function canaryWeight(
  name: string,
  args: CanaryWeightArgs,
  opts?: pulumi.CustomResourceOptions,
): pulumi.Output<number> {
  const { control, weight, affinity, canary } = args;
  const end = controlCommand(
    name,
    { control, create: readGeneration, delete: ['weight', '0'], triggers: [], after: [canary] },
    opts,
  );
  const set = controlCommand(
    `${name}-set`,
    {
      control,
      create: canary.firstMember.apply((rollout) => [
        'weight',
        String(weight),
        '--json',
        `--affinity=${affinity}`,
        `--rollout=${rollout}`,
      ]),
      update: readGeneration,
      triggers: [String(weight), affinity, canary.firstMember],
      after: [end],
    },
    opts,
  );
  return whenMade(set.stdout, generationIn);
}
