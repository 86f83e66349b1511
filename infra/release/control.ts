/**
 * Commands that change the release document run where Redis is: in the monitor container of the
 * control host, which has the Redis URL in its environment. So no secret crosses a command line.
 */
import { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Shell } from '../hosts/host.ts';
import { inMonitor } from '../shell/in-monitor.ts';

/** Where `perch` commands of a service are run. */
export interface Control {
  readonly service: string;
  readonly shell: Shell;
  /** What has to run before a command can. */
  readonly ready: readonly pulumi.Resource[];
}

export interface ControlCommand {
  /** Arguments of `perch`; run again when they change. */
  readonly create: pulumi.Input<readonly string[]>;
  readonly delete: pulumi.Input<readonly string[]>;
  /** What replaces the resource when it changes. */
  readonly triggers: readonly pulumi.Input<string>[];
  /** What comes before it, and goes after it. */
  readonly after: readonly pulumi.Resource[];
}

/** So many commands run at once at most; each takes memory of the monitor that it runs in. */
export const commandsAtOnce = 8;

/** A resource that is made and deleted by `perch` commands. Both can be repeated. */
export function controlCommand(
  name: string,
  control: Control,
  settings: ControlCommand,
  parent?: pulumi.Resource,
): local.Command | remote.Command {
  const script = (input: pulumi.Input<readonly string[]>) =>
    pulumi.output(input).apply((words) => inMonitor(control.service, words));
  const args = {
    create: script(settings.create),
    delete: script(settings.delete),
    triggers: [...settings.triggers],
    // sshd refuses variables that its configuration does not name.
    addPreviousOutputInEnv: false,
  };
  const options = {
    ...(parent ? { parent } : {}),
    dependsOn: [...control.ready, ...settings.after],
  };
  if (control.shell.kind === 'here') return new local.Command(name, args, options);
  return new remote.Command(name, { ...args, connection: control.shell.connection }, options);
}
