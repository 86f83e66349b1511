import type { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import { controlCommand, readGeneration, type Control } from './control.ts';

export interface ActiveMemberArgs {
  readonly control: Control;
  readonly id: pulumi.Output<string>;
  /** Created before the member is activated, and deleted after it has drained. */
  readonly container: pulumi.Resource;
  readonly drainTimeoutSeconds: number;
}

/** Activates a member once its container is healthy, and drains it before the container is deleted. */
export function activeMember(
  name: string,
  args: ActiveMemberArgs,
  opts: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { control, id, container, drainTimeoutSeconds } = args;
  const timeoutMs = drainTimeoutSeconds * 1_000;
  return controlCommand(
    name,
    {
      control,
      create: id.apply((id) => ['member', 'activate', '--json', `--id=${id}`]),
      update: readGeneration,
      delete: id.apply((id) => ['member', 'drain', `--id=${id}`, `--timeout=${timeoutMs}`]),
      triggers: [id],
      after: [container],
    },
    opts,
  );
}
