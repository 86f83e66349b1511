import type { local, remote } from '@pulumi/command';
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../hosts/host.ts';
import { shellCommand } from '../hosts/shell-command.ts';
import { awaitHealthyScript } from '../shell/await-healthy.ts';

export interface HealthyArgs {
  readonly host: Host;
  readonly container: docker.Container;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
}

/**
 * Makes the dependency of everything that needs a healthy container. Its creation waits, and if the
 * container fails, says why. The docker provider's own wait would not: after the whole time limit,
 * it says only that the limit is over.
 * @param name of the container in the stack.
 */
export function healthy(
  name: string,
  { host, container, startTimeoutSeconds }: HealthyArgs,
  opts: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  return shellCommand(
    `${name}-healthy`,
    host.shell,
    {
      // An error quotes this line, and so not the whole script.
      create: pulumi.interpolate`sh -s ${container.id} ${startTimeoutSeconds}`,
      // A container that was healthy once need not be so when the host's ssh key changes.
      update: ':',
      stdin: awaitHealthyScript,
      triggers: [container.id],
    },
    { ...opts, dependsOn: [container] },
  );
}
