import type * as pulumi from '@pulumi/pulumi';
import type { App } from '../services/app.ts';
import { controlCommand, type Control } from './control.ts';

/**
 * The canary's share of traffic. A new canary begins a new rollout, also when only its
 * configuration changed; without the resource there is no share.
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
): pulumi.Resource {
  const { weight, affinity, canary } = settings;
  return controlCommand(name, control, {
    create: canary.firstMember.apply((rollout) => [
      'weight',
      String(weight),
      `--affinity=${affinity}`,
      `--rollout=${rollout}`,
    ]),
    delete: ['weight', '0'],
    triggers: [],
    after: [canary],
  });
}
