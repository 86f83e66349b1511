import type { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { controlCommand, readGeneration, type Control } from './control.ts';

export interface ActiveMemberArgs {
  readonly control: Control;
  readonly id: pulumi.Output<string>;
  /** Created before the member is activated, and deleted after it has drained. */
  readonly container: pulumi.Resource;
  readonly drainTimeoutSeconds: number;
  /** Longest time that it is judged beside the others of its track, seconds; 0: not judged. */
  readonly judgeSeconds: number;
}

/**
 * Activates a member once its container is healthy, and drains it before the container is deleted. The
 * activation fails if the member is judged and found bad, and has drained it then. It is not in the
 * state then, so that the next update activates and judges the member again, or replaces it.
 */
export function activeMember(
  name: string,
  args: ActiveMemberArgs,
  opts: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { control, id, container, drainTimeoutSeconds, judgeSeconds } = args;
  const timeoutMs = drainTimeoutSeconds * 1_000;
  return controlCommand(
    name,
    {
      control,
      create: id.apply((id) => ['member', 'activate', '--json', `--id=${id}`]),
      // Monitors of a guest's host stack may be older than the guest: they would refuse an option that
      // they do not know, and ignore a variable.
      ...(judgeSeconds > 0 && { createEnvironment: { [env.judgeSeconds]: String(judgeSeconds) } }),
      update: readGeneration,
      delete: id.apply((id) => ['member', 'drain', `--id=${id}`, `--timeout=${timeoutMs}`]),
      triggers: [id],
      after: [container],
    },
    opts,
  );
}
