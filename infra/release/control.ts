/**
 * Commands that change the release document run where Redis is: in the monitor container of the
 * control host, whose environment has the Redis URL. So no secret crosses a command line.
 */
import type { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Shell } from '../hosts/host.ts';
import { inMonitor, inMonitorWithInput, type Monitored } from '../shell/in-monitor.ts';
import { whenMade } from '../shell/when-made.ts';
import { shellCommand } from '../hosts/shell-command.ts';

/** Access to the `perch` command of a service. */
export interface Control extends Monitored {
  readonly shell: Shell;
  /** Dependencies of every command: a monitor has to run. */
  readonly ready: readonly pulumi.Resource[];
  /**
   * Full name of the stack, which owns what it registers with another stack's proxies. Undefined: the
   * proxies are its own.
   */
  readonly owner?: string | undefined;
}

/** Arguments of `perch` by which a stack changes only what it owns. */
export function ownerWords({ owner }: Pick<Control, 'owner'>): string[] {
  return owner === undefined ? [] : [`--owner=${owner}`];
}

export interface ControlCommandArgs {
  readonly control: Control;
  /** Arguments of `perch`. */
  readonly create: pulumi.Input<readonly string[]>;
  /**
   * Arguments of `perch` when anything but a trigger has changed: the arguments themselves, or only
   * the way to the host, such as its ssh key. Default: those of `create`.
   */
  readonly update?: readonly string[];
  /** Environment of `perch` in `create`, name to value. No secrets. Default: none. */
  readonly createEnvironment?: Readonly<Record<string, string>>;
  /** Default: nothing runs. */
  readonly delete?: pulumi.Input<readonly string[]>;
  /** Standard input of `create` and `update`. Default: none. */
  readonly stdin?: pulumi.Input<string>;
  /** Values that replace the resource when they change. */
  readonly triggers: readonly pulumi.Input<string>[];
  /** Resources created before it and deleted after it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Arguments of `perch` that print the generation and change nothing. A command whose change people
 * and the judge may undo, such as an activation, must not make it again because a key is new.
 */
export const readGeneration: readonly string[] = ['weight', '--json'];

/** Number of commands that may run at once. Each takes memory from the monitor that it runs in. */
export const commandsAtOnce = 8;

/** Makes a resource that `perch` commands create and delete. Both commands can be repeated. */
export function controlCommand(
  name: string,
  args: ControlCommandArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { service, edgeService, shell, ready } = args.control;
  const { stdin, createEnvironment } = args;
  const inShell = stdin === undefined ? inMonitor : inMonitorWithInput;
  const script = (
    input: pulumi.Input<readonly string[]>,
    run = inShell,
    environment?: Readonly<Record<string, string>>,
  ) => whenMade(pulumi.output(input), (words) => run({ service, edgeService }, words, environment));
  const scripts = {
    create: script(args.create, inShell, createEnvironment),
    ...(args.update !== undefined && { update: script(args.update) }),
    ...(args.delete !== undefined && { delete: script(args.delete, inMonitor) }),
    ...(stdin !== undefined && { stdin }),
    triggers: [...args.triggers],
  };
  return shellCommand(name, shell, scripts, { ...opts, dependsOn: [...ready, ...args.after] });
}
