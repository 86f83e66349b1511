import type * as pulumi from '@pulumi/pulumi';
import type { App } from './app.ts';
import { controlCommand, type Control } from '../release/control.ts';
import { generationIn } from '../release/generation.ts';

/**
 * The canary's share of traffic. A new canary begins a new rollout, also when only its
 * configuration changed; without the resource there is no share.
 * @returns the generation of the release document that the share is in.
 */
export function canaryWeight(
  name: string,
  control: Control,
  settings: {
    /** Percent. */
    readonly weight: number;
    readonly affinity: 'none' | 'cookie';
    readonly canary: App;
  },
): pulumi.Output<number> {
  const { weight, affinity, canary } = settings;
  const command = controlCommand(name, control, {
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
  });
  return command.stdout.apply(generationIn);
}
