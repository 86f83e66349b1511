import type * as pulumi from '@pulumi/pulumi';
import { controlCommand, type Control } from '../release/control.ts';
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
 * configuration changed. Deleting the resource sets the share to 0.
 * @returns the generation of the release document that has the share.
 */
export function canaryWeight(
  name: string,
  args: CanaryWeightArgs,
  opts?: pulumi.CustomResourceOptions,
): pulumi.Output<number> {
  const { control, weight, affinity, canary } = args;
  const command = controlCommand(
    name,
    {
      control,
      create: canary.firstMember.apply((rollout) => [
        'weight',
        String(weight),
        '--json',
        `--affinity=${affinity}`,
        `--rollout=${rollout}`,
      ]),
      delete: ['weight', '0'],
      triggers: [],
      after: [canary],
    },
    opts,
  );
  return whenMade(command.stdout, generationIn);
}
