import type { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import { controlCommand, type Control } from './control.ts';

/** Lets a member have requests once its container is healthy; drains it before that goes. */
export function member(
  name: string,
  control: Control,
  settings: {
    readonly id: pulumi.Output<string>;
    readonly container: pulumi.Resource;
    readonly drainTimeoutSeconds: number;
  },
  parent: pulumi.Resource,
): local.Command | remote.Command {
  const { id, container, drainTimeoutSeconds } = settings;
  const timeout = drainTimeoutSeconds * 1_000;
  return controlCommand(
    name,
    control,
    {
      create: id.apply((id) => ['member', 'activate', '--json', `--id=${id}`]),
      delete: id.apply((id) => ['member', 'drain', `--id=${id}`, `--timeout=${timeout}`]),
      triggers: [id],
      after: [container],
    },
    parent,
  );
}
