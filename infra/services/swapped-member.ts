/** The swap of one member: Reservation -> container -> Member, in the order that loses no request. */
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import type { Track } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import type { Control } from '../release/control.ts';
import { activeMember } from '../release/member.ts';
import { Reservation } from '../release/reservation.ts';
import { containerChanges, type containerArgs } from './container.ts';
import { healthy } from './container-health.ts';

type MemberContainer = ReturnType<typeof containerArgs> & Pick<docker.ContainerArgs, 'command'>;

export interface SwappedMemberArgs {
  readonly track: Track;
  readonly version: pulumi.Output<string>;
  readonly host: Host;
  readonly control: Control;
  /** Arguments of the container, without those that come from the reservation. */
  readonly container: MemberContainer;
  /** Port that the member listens on inside its container. */
  readonly port: number;
  /** Time limit for the container to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Time limit to finish requests, seconds. */
  readonly drainTimeoutSeconds: number;
  /** Longest time for which it is judged beside the others, seconds; 0: not judged. */
  readonly judgeSeconds: number;
  /** Resources created before its container, beside the reservation. */
  readonly needs: readonly pulumi.Resource[];
  /** Resources created before its reservation, and deleted after it. */
  readonly after: readonly pulumi.Resource[];
  /** Resource created before it, whichever is deleted first. Undefined: none. */
  readonly turnAfter: pulumi.Resource | undefined;
}

export interface SwappedMember {
  readonly id: pulumi.Output<string>;
  /** Command that activates the member, and drains it before its container is deleted. */
  readonly active: ReturnType<typeof activeMember>;
}

/** Makes a member. A new image or another setting makes a new one, which serves before this one drains. */
export function swappedMember(
  name: string,
  args: SwappedMemberArgs,
  parent: pulumi.Resource,
): SwappedMember {
  const { track, version, host, control, container: shared, startTimeoutSeconds } = args;
  const reservation = new Reservation(
    name,
    {
      track,
      version,
      host,
      control,
      container: shared,
      after: args.after,
      turnAfter: args.turnAfter,
    },
    { parent },
  );
  const container = new docker.Container(
    name,
    {
      ...shared,
      // An application that is process 1 and ignores SIGTERM would run until its time limit is over.
      // It is no part of the reservation's fingerprint, so that it replaces no deployed member.
      init: true,
      envs: [...shared.envs, pulumi.interpolate`${env.memberId}=${reservation.id}`],
      labels: [...shared.labels, { label: labels.member, value: reservation.id }],
      ports: [{ internal: args.port, external: reservation.port, ip: host.privateAddress }],
    },
    {
      parent,
      provider: host.docker,
      dependsOn: [reservation.ready, ...args.needs],
      // The provider's default deletes the old container first, which would be an outage.
      deleteBeforeReplace: false,
      ...containerChanges,
      // Members that release 0.1 deployed have no init; their successors do.
      ignoreChanges: [...containerChanges.ignoreChanges, 'init'],
    },
  );
  const active = activeMember(
    `${name}-active`,
    {
      control,
      id: reservation.id,
      container: healthy(name, { host, container, startTimeoutSeconds }, { parent }),
      drainTimeoutSeconds: args.drainTimeoutSeconds,
      judgeSeconds: args.judgeSeconds,
    },
    { parent },
  );
  return { id: reservation.id, active };
}
