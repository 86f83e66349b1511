import type { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import { shellCommand } from '../hosts/shell-command.ts';
import { requireNoGuests } from '../shell/guests.ts';
import { inMonitor } from '../shell/in-monitor.ts';
import type { Control } from './control.ts';

export interface GuestGuardArgs {
  readonly control: Control;
  /** Services of the stack beside its application's. */
  readonly others: readonly string[];
  /** Parts that guests use: deleted only after no guest is there. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Keeps the stack from being destroyed while guests use its hosts. It is the last resource that is
 * made, so the first one that is deleted, and its deletion fails with the names of the guests.
 */
export function guestGuard(
  name: string,
  { control, others, after }: GuestGuardArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { service, shell, ready } = control;
  return shellCommand(
    name,
    shell,
    {
      // It has nothing to make. As a command of `perch` it moves to another host with the others.
      create: inMonitor({ service }, ['route', 'list', '--json']),
      delete: requireNoGuests(service, others),
      triggers: [],
    },
    { ...opts, dependsOn: [...ready, ...after] },
  );
}
