import { createHash } from 'node:crypto';
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { Track } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import { controlCommand, type Control } from './control.ts';

export interface ReservationSettings {
  readonly track: Track;
  readonly version: pulumi.Input<string>;
  readonly host: Host;
  readonly control: Control;
  /** All of the container's arguments that do not come from the reservation. */
  readonly container: docker.ContainerArgs;
  /** What comes before it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * A member's id and host port, taken before its container is made and given back after it is
 * gone. It is replaced exactly when its container is, always by a new id: so that the old and the
 * new one stand side by side, also when a release goes back to what ran before.
 */
export class Reservation extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly ready: pulumi.Resource;

  constructor(
    name: string,
    settings: ReservationSettings,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('perch:release:Reservation', name, {}, options);
    const { track, version, host, control } = settings;
    const suffix = new random.RandomId(
      name,
      { byteLength: 4, keepers: { container: fingerprint(settings.container) } },
      { parent: this },
    );
    this.id = pulumi.interpolate`${name}-${pulumi.unsecret(suffix.hex)}`;
    const reserve = pulumi
      .all([this.id, version, host.privateAddress])
      .apply(([id, version, address]) => [
        'member',
        'reserve',
        '--json',
        `--id=${id}`,
        `--track=${track}`,
        `--version=${version}`,
        `--host=${host.name}`,
        `--address=${address}`,
      ]);
    const command = controlCommand(
      name,
      control,
      {
        create: reserve,
        delete: this.id.apply((id) => ['member', 'release', `--id=${id}`]),
        triggers: [this.id],
        after: [host.ready, ...settings.after],
      },
      this,
    );
    this.port = pulumi.output(command.stdout).apply(reservedPort);
    this.ready = command;
    this.registerOutputs({ id: this.id, port: this.port });
  }
}

function fingerprint(container: docker.ContainerArgs): pulumi.Output<string> {
  return pulumi
    .output(container)
    .apply((args) => createHash('sha256').update(JSON.stringify(args)).digest('hex'));
}

/** @param stdout what `perch member reserve --json` printed. */
export function reservedPort(stdout: string): number {
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'url' in answer) {
    return Number(new URL(String(answer.url)).port);
  }
  throw new pulumi.RunError(`perch member reserve must answer with a url, got ${stdout}`);
}
