import { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import type { Shell } from './host.ts';

/** Makes a resource whose scripts run on a host. */
export function shellCommand(
  name: string,
  shell: Shell,
  scripts: Pick<local.CommandArgs, 'create' | 'update' | 'delete' | 'stdin' | 'triggers'>,
  opts: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  // sshd refuses variables that its configuration does not name.
  const inputs = { ...scripts, addPreviousOutputInEnv: false };
  return shell.kind === 'here'
    ? new local.Command(name, inputs, opts)
    : new remote.Command(name, { ...inputs, connection: shell.connection }, opts);
}
