import { createHash } from 'node:crypto';
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { bracketed } from '../../runtime/contract/host-port.ts';
import type { Track } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import { whenMade } from '../shell/when-made.ts';
import { controlCommand, type Control } from './control.ts';

export interface ReservationArgs {
  readonly track: Track;
  readonly version: pulumi.Input<string>;
  readonly host: Host;
  readonly control: Control;
  /** Arguments of the container, without those that come from the reservation. */
  readonly container: docker.ContainerArgs;
  /** Resources created before it, and deleted after it. */
  readonly after: readonly pulumi.Resource[];
  /** Resource created before it, whichever is deleted first. Undefined: none. */
  readonly turnAfter: pulumi.Resource | undefined;
}

/**
 * A member's id and host port. Perch reserves them before it creates the container and returns
 * them after it deletes the container. A reservation is replaced exactly when its container is,
 * and always by a new id: so old and new run side by side, even if a release goes back to an
 * earlier version.
 */
export class Reservation extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: ReservationArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:release:Reservation', name, {}, opts);
    const { track, version, host, control, turnAfter } = args;
    const before = [host.ready, ...args.after];
    // The id waits for its turn too: an update that stops before leaves it, and the way back its member.
    const turn = turnAfter === undefined ? true : created(turnAfter);
    const container = pulumi
      .all([fingerprint(args.container), turn])
      .apply(([container]) => container);
    const suffix = new random.RandomId(
      name,
      { byteLength: 4, keepers: { container } },
      { parent: this, dependsOn: before },
    );
    this.id = pulumi.interpolate`${name}-${pulumi.unsecret(suffix.hex)}`;
    const reserve = whenMade(
      pulumi.all([this.id, version, host.privateAddress]),
      ([id, version, address]) => [
        'member',
        'reserve',
        '--json',
        `--id=${id}`,
        `--track=${track}`,
        `--version=${version}`,
        `--host=${host.name}`,
        `--address=${bracketed(address)}`,
      ],
    );
    const command = controlCommand(
      name,
      {
        control,
        create: reserve,
        // The old name of `member deregister`. A canary stack may be updated before its prod
        // stack, whose monitor then knows only this name.
        delete: this.id.apply((id) => ['member', 'release', `--id=${id}`]),
        triggers: [this.id],
        after: before,
      },
      { parent: this },
    );
    this.port = whenMade(pulumi.output(command.stdout), reservedPort);
    this.ready = command;
    this.registerOutputs({ id: this.id, port: this.port });
  }
}

/**
 * Waits for a resource as `dependsOn` does, but the state records no dependency: those are followed
 * backwards when members are deleted, and old members need not drain one at a time.
 */
function created(resource: pulumi.Resource): pulumi.Output<true> {
  const { promise, resolve, reject } = Promise.withResolvers<true>();
  pulumi.recover(
    resource.urn.apply(() => resolve(true)),
    (failure) => reject(failure),
  );
  return pulumi.output(promise);
}

function fingerprint(container: docker.ContainerArgs): pulumi.Output<string> {
  return pulumi
    .output(container)
    .apply((args) => createHash('sha256').update(JSON.stringify(args)).digest('hex'));
}

/**
 * @param stdout JSON that `perch member reserve` printed. Undefined if an update with targets left the
 * command out, and with it the container that would publish the port, 0.
 */
export function reservedPort(stdout: string | undefined): number {
  if (stdout === undefined) return 0;
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'url' in answer) {
    return Number(new URL(String(answer.url)).port);
  }
  throw new pulumi.RunError(`perch member reserve must print a url, got ${stdout}`);
}
